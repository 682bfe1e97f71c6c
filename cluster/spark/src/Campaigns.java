import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All campaigns, as the messages of the compacted topic say. Not safe for use by several threads; an index is. */
final class Campaigns {
  /** Campaigns by tenant and by the types of their triggers, in the order of their ids. It never changes. */
  record Index(Map<String, Map<String, List<SmartCampaign>>> byTenant) {
    List<SmartCampaign> of(String tenant, String type) {
      return byTenant.getOrDefault(tenant, Map.of()).getOrDefault(type, List.of());
    }

    boolean has(String tenant) {
      return byTenant.containsKey(tenant);
    }
  }

  private final Map<String, TreeMap<String, SmartCampaign>> tenants = new HashMap<>();
  private Index index = new Index(Map.of());

  /**
   * Takes a message over. Of one campaign the greatest revision counts: a slow publisher may write an older one later.
   * @param value null where the campaign is deleted
   * @throws IOException with the message's key, for one that can't be understood
   */
  void apply(String key, byte[] value) throws IOException {
    int slash = key.indexOf('/');
    if (slash < 0) throw new MalformedMessage("The key " + key + " of a campaign names no tenant.");
    String tenant = key.substring(0, slash);
    String id = key.substring(slash + 1);
    TreeMap<String, SmartCampaign> own = tenants.computeIfAbsent(tenant, name -> new TreeMap<>());
    if (value == null) own.remove(id);
    else {
      SmartCampaign next = parse(key, value);
      SmartCampaign known = own.get(id);
      if (known != null && known.revision() > next.revision()) return;
      own.put(id, next);
    }
    index = null;
  }

  private static SmartCampaign parse(String key, byte[] value) throws IOException {
    SmartCampaign campaign;
    try {
      campaign = SmartCampaign.of(Json.MAPPER.readTree(value));
    } catch (IOException error) {
      throw new IOException("The campaign " + key + " can't be understood: " + error.getMessage(), error);
    }
    if (!key.equals(campaign.tenant() + "/" + campaign.id()))
      throw new MalformedMessage("The campaign " + key + " is " + campaign.tenant() + "/" + campaign.id() + ".");
    return campaign;
  }

  /** Forgets everything. */
  void clear() {
    tenants.clear();
    index = null;
  }

  Index index() {
    if (index == null) index = indexed();
    return index;
  }

  private Index indexed() {
    Map<String, Map<String, List<SmartCampaign>>> byTenant = new HashMap<>();
    tenants.forEach(
        (tenant, campaigns) -> {
          Map<String, List<SmartCampaign>> byType = new HashMap<>();
          for (SmartCampaign campaign : campaigns.values())
            for (String type : typesOf(campaign)) byType.computeIfAbsent(type, name -> new ArrayList<>()).add(campaign);
          if (!byType.isEmpty()) byTenant.put(tenant, byType);
        });
    return new Index(byTenant);
  }

  private static Set<String> typesOf(SmartCampaign campaign) {
    Set<String> types = new LinkedHashSet<>();
    for (SmartCampaign.Version version : campaign.versions())
      for (SmartCampaign.Trigger trigger : version.triggers()) types.add(trigger.type());
    return types;
  }
}

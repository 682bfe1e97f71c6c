/** A tab that GraphiQL opens with; its title is the name of the operation. `variables` is JSON text. */
export type ExampleTab = { readonly query: string; readonly variables?: string };

const json = (variables: Record<string, unknown>): string => JSON.stringify(variables, null, 2);

/** The tabs that a newcomer finds, in order. */
export const exampleTabs: readonly ExampleTab[] = [
  {
    query: `# Who is asking: the token's tenant, and what it allows.
query Viewer {
  viewer {
    tenant {
      id
      name
    }
    scopes
  }
  activityTypes {
    number
    name
    category
  }
}
`,
  },
  {
    query: `# What one person did, newest first.
query LeadTimeline($externalId: String!, $first: Int!) {
  lead(externalId: $externalId) {
    id
    externalId
    email
    firstSeenAt
    lastSeenAt
    activities(first: $first) {
      nodes {
        occurredAt
        type {
          name
        }
        channel
        campaign {
          name
        }
        attributes
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
    variables: json({ externalId: 'user-1', first: 20 }),
  },
  {
    query: `# Full text, ranked and highlighted, with filters and counts.
query SearchActivities {
  searchActivities(
    query: "pricing -plans OR \\"contact sales\\""
    first: 10
    filter: { isBot: false }
    facets: [{ field: TYPE }, { field: COUNTRY }, { time: WEEK }]
  ) {
    total {
      value
      relation
    }
    edges {
      score
      highlights {
        field
        fragments
      }
      node {
        occurredAt
        lead {
          externalId
        }
      }
    }
    facets {
      name
      values {
        value
        count
      }
    }
  }
}
`,
  },
  {
    query: `# How e-mails did in the last 30 days, without what scanners opened.
query EmailPerformance {
  emailPerformance {
    total {
      sent
      delivered
      opened
      clicked
      openRate
    }
    campaigns {
      campaign {
        name
      }
      performance {
        sent
        hardBounced
        pending
        opened
        openRate
        clickToOpenRate
      }
    }
  }
}
`,
  },
  {
    query: `# Figures by week, compared with the period before.
query Metrics {
  metrics(
    query: { measures: [VISITS, UNIQUE_VISITORS, REVENUE], grain: WEEK, compare: PREVIOUS_PERIOD }
  ) {
    rows {
      time
      values {
        measure
        value
        previous
        change
      }
    }
  }
}
`,
  },
  {
    query: `# Runs of the demo's campaign "Asks for contact". Those with a \`dueAt\` wait.
query CampaignRuns($campaignId: ID!) {
  campaignRuns(campaignId: $campaignId, first: 10) {
    nodes {
      smartCampaign {
        name
      }
      status
      dueAt
      lead {
        email
      }
      steps {
        nodes {
          at
          action
          status
        }
      }
    }
  }
}
`,
    variables: json({ campaignId: 'SZGVtby1jb250YWN0' }),
  },
];

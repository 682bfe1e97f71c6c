import { type Candidate, enrich, type Step } from '../draft/pipeline.ts';

/** The campaign of an activity whose sender names none, from the tags of the link that led to it. */
export const createCampaign = (): Step<Candidate> =>
  function campaign(candidate) {
    if (candidate.campaign !== null || candidate.origin === null) return enrich(candidate, undefined);
    const { campaign: name, campaignId } = candidate.origin;
    // An id alone says what an advertiser's system calls it; without a name nobody said it is a campaign of theirs.
    return enrich(candidate, name === null ? undefined : { campaign: { id: campaignId ?? name, name } });
  };

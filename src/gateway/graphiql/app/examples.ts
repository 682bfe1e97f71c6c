/** A tab that GraphiQL opens with; its title is the name of the operation. `variables` is JSON text. */
export type ExampleTab = { readonly query: string; readonly variables?: string };

const json = (variables: Record<string, unknown>): string => JSON.stringify(variables, null, 2);

/** What a newcomer finds in the tabs, in order. */
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
    query: `# Full text and filters, with counts by type and by channel.
query SearchActivities($query: String!) {
  searchActivities(query: $query, first: 10, facets: [{ field: TYPE }, { field: CHANNEL }]) {
    total {
      value
      relation
    }
    nodes {
      score
      highlights {
        field
        fragments
      }
      activity {
        occurredAt
        type {
          name
        }
        lead {
          email
        }
        attributes
      }
    }
    facets {
      field
      buckets {
        value
        count
      }
    }
  }
}
`,
    variables: json({ query: 'pricing' }),
  },
  {
    query: `# How e-mail campaigns did; opens and clicks of robots are left out.
query CampaignEmailPerformance {
  campaigns(first: 5) {
    nodes {
      id
      name
      performance {
        sent
        delivered
        openRate
        clickRate
        clickToOpenRate
        unsubscribed
        hardBounced
      }
    }
  }
}
`,
  },
  {
    query: `# Any measure by any dimension, here by day.
query MetricsByDay($query: MetricsQuery!) {
  metrics(query: $query) {
    rows {
      time
      dimensions {
        name
        value
      }
      measures {
        name
        value
      }
    }
  }
}
`,
    variables: json({ query: { measures: ['ACTIVITIES', 'UNIQUE_LEADS'], grain: 'DAY', limit: 31 } }),
  },
];

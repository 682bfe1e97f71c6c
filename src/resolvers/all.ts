import { activities } from './activities/subgraph.ts';
import { analytics } from './analytics/subgraph.ts';
import { campaigns } from './campaigns/subgraph.ts';
import { ingestion } from './ingestion/subgraph.ts';
import { privacy } from './privacy/subgraph.ts';
import { search } from './search/subgraph.ts';
import type { Subgraph } from './subgraph.ts';

/** The graph: its subgraphs, in the order in which they are composed. */
export const subgraphs: readonly Subgraph[] = [activities, search, analytics, ingestion, campaigns, privacy];

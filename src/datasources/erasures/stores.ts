/** The stores of personal data, as receipts and exports name them. */
export type PersonalStore =
  | 'ACTIVITY_STORE'
  | 'FAILED_ACTIVITIES'
  | 'ACTIVITY_LOG'
  | 'SEARCH'
  | 'FIGURES'
  | 'LISTS'
  | 'CAMPAIGNS'
  | 'FILES';

import type { ViewCapabilities } from '../ViewStore.ts'

/** Views in a file are for logs in a file, which have a total order. */
export const LOGS_ORDER: ViewCapabilities = { ownJournal: false }

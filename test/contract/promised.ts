import { existsSync, readFileSync } from 'node:fs'

const PATH = new URL('../../../shared/contract.graphql', import.meta.url)

/** The API that users were promised, as SDL; null where this machine does not have it: then its tests say that they are skipped. */
export const promisedSdl = existsSync(PATH) ? readFileSync(PATH, 'utf8') : null

/** A title that tells a reader of the results when nothing was compared. */
export const againstPromise = (title: string): string =>
  promisedSdl === null ? `SKIPPED, ${PATH.pathname} is not here: ${title}` : title

/** What is sent: one template, and the values that take the place of VALUE in it, one chosen at random for each request. */
export interface Requests {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Empty for none. */
  readonly body: string
  /** As they stand in the template: JSON-encoded where it is JSON. `unique`: each request gets a text of its own. */
  readonly values: readonly string[] | 'unique'
}

export const VALUE = '<value>'

export interface LoadOptions {
  readonly url: string
  readonly requests: Requests
  readonly connections: number
  /** A whole number. */
  readonly seconds: number
}

export interface LoadResult {
  /** Answered, with whatever status. */
  readonly count: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Not answered, or with a status other than 2xx. */
  readonly failed: number
}

/** A load generator: keeps so many connections busy, each with one request at a time. */
export interface LoadTool {
  readonly name: string
  run(options: LoadOptions): Promise<LoadResult>
}

import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'

/** Where a process of rollcall finds its engines. */
export interface Engines {
  /** dynamodb://region/table */
  readonly log: string
  /** Holds postgres://user:secret@host:port/database */
  readonly views: ISecret
  /** kinesis://region/stream */
  readonly feed: string
}

/** The names under which it is told of them, in its environment. */
export const ENGINE_VARIABLES: Readonly<Record<keyof Engines, string>> = {
  log: 'ROLLCALL_LOG',
  views: 'ROLLCALL_VIEWS',
  feed: 'ROLLCALL_FEED',
}

/** Tables of DynamoDB, by their names: the log's, and the one of the transform's marks. */
export const LOG_TABLE_VARIABLE = 'ROLLCALL_LOG_TABLE'
export const MARKS_TABLE_VARIABLE = 'ROLLCALL_MARKS_TABLE'

/** The Kinesis stream into which a function carries: of the relay, and of the transform that makes external events. */
export const PLATFORM_STREAM_VARIABLE = 'ROLLCALL_PLATFORM_STREAM'
export const EXTERNAL_STREAM_VARIABLE = 'ROLLCALL_EXTERNAL_STREAM'

import type { Logger } from 'pino'
import type { Gateway } from '../graphql/context.ts'
import type { GraphQLEngine } from '../graphql/engine.ts'
import type { Authenticator } from './auth.ts'
import type { Connections } from './Connections.ts'
import type { Readiness } from './health.ts'
import type { Metrics } from './metrics.ts'
import type { RecordOperation, RecordRefusal } from './operationLog.ts'
import type { KeyReader } from './presentedKey.ts'
import type { StateOfTurn } from './StateOfTurn.ts'
import type { Subscribe } from './Subscriber.ts'
import type { HttpSettings } from './settings.ts'

/** What the composition root gives to the server. */
export interface ServerParts {
  readonly gateway: Gateway
  readonly engine: GraphQLEngine
  readonly settings: HttpSettings
  readonly logger: Logger
  readonly metrics: Metrics
  readonly readiness: Readiness
}

/** What every transport works with. */
export interface TransportParts extends ServerParts {
  readonly keys: KeyReader
  readonly authenticator: Authenticator
  readonly stateOfTurn: StateOfTurn
  readonly record: RecordOperation
  readonly recordRefusal: RecordRefusal
  readonly connections: Connections
  readonly subscribe: Subscribe
}

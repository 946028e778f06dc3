import { groupStreams, type StreamName, userStreams } from '../domain/streams.ts'
import type { RebuiltEntity } from './ViewStore.ts'

/** The streams that an entity's rows are made of. */
export const streamsOf = ({ kind, tenant, id }: RebuiltEntity): readonly StreamName[] =>
  kind === 'user' ? userStreams(tenant, id) : groupStreams(tenant, id)

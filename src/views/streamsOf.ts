import {
  groupStream,
  keysStream,
  membersStream,
  profileStream,
  type StreamName,
  userStream,
} from '../domain/streams.ts'
import type { RebuiltEntity } from './ViewStore.ts'

/** The streams that an entity's rows are made of. */
export const streamsOf = ({ kind, tenant, id }: RebuiltEntity): readonly StreamName[] =>
  kind === 'user'
    ? [userStream(tenant, id), profileStream(tenant, id), keysStream(tenant, id)]
    : [groupStream(tenant, id), membersStream(tenant, id)]

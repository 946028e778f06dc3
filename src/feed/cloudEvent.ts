import type { RecordedEvent } from '../domain/events.ts'
import { type StreamName, tenantOfStream } from '../domain/streams.ts'
import { type PublicEvent, type PublicName, publicForm } from './publicEvents.ts'

/** An event as others get it: CloudEvents 1.0, with the extensions `partitionkey` and `sequence`, and one of ours. */
export interface CloudEvent {
  readonly specversion: '1.0'
  /** Made of where the event stands in the log: the same one, whoever publishes it and however often. */
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly dataschema: string
  /** Those that have it in common are in order. */
  readonly partitionkey: StreamName
  /** Contiguous from 1 for a partition key, of the same length always. */
  readonly sequence: string
  /** Of the log: another one begins anew with each partition key. */
  readonly epoch: string
  readonly data: PublicEvent['data']
}

const TYPE_PREFIX = 'dev.rollcall.'
const SCHEMAS = 'https://rollcall.dev/schema/events/'

export const typeOf = (name: PublicName): string => `${TYPE_PREFIX}${name}`
/** Names the schema; the file of this name is in schema/events/. */
export const schemaUri = (name: PublicName | 'event'): string => `${SCHEMAS}${name}.json`

/** So many digits have all whole numbers that JavaScript knows exactly. */
const DIGITS = 16

/** Null for an event that is unknown. */
export function cloudEvent(epoch: string, recorded: RecordedEvent): CloudEvent | null {
  const form = publicForm(recorded)
  if (form === null) return null
  const { stream, seq, meta } = recorded
  return {
    specversion: '1.0',
    id: `${epoch}/${stream}/${seq}`,
    source: sourceOf(stream),
    type: typeOf(form.name),
    subject: form.subject,
    time: meta.at,
    datacontenttype: 'application/json',
    dataschema: schemaUri(form.name),
    partitionkey: stream,
    sequence: String(seq).padStart(DIGITS, '0'),
    epoch,
    data: form.data,
  }
}

/** A tenant; what is of none, is of rollcall. */
function sourceOf(stream: StreamName): string {
  const tenant = tenantOfStream(stream)
  return tenant === '' ? '/rollcall' : `/rollcall/tenants/${tenant}`
}

import { err, ok, type Result } from '../domain/result.ts'

/** Where a log in DynamoDB is. */
export interface DynamoTable {
  readonly region: string
  readonly table: string
  /** Of DynamoDB Local; null for AWS's own. */
  readonly endpoint: string | null
}

/** Where the stream of the platform's events is, in Kinesis. */
export interface KinesisStream {
  readonly region: string
  readonly stream: string
  /** Of kinesis-local; null for AWS's own. */
  readonly endpoint: string | null
}

/** How the synchroniser is to read it. */
export interface KinesisFeed extends KinesisStream {
  /** The name under which the records are to be pushed: enhanced fan-out. Null: they are polled for. */
  readonly consumer: string | null
}

/** dynamodb://region/table, or with ?endpoint=http://127.0.0.1:8000. Empty: none. */
export function dynamoTable(text: string): Result<DynamoTable | null, string> {
  if (text === '') return ok(null)
  const place = awsPlace('dynamodb:', text)
  if (place === null) {
    return err(
      'must be like dynamodb://eu-west-1/rollcall, with ?endpoint=http://127.0.0.1:8000 for DynamoDB Local',
    )
  }
  const { name, region, endpoint } = place
  return ok({ region, table: name, endpoint })
}

/** kinesis://region/stream, with ?consumer=NAME for enhanced fan-out, and ?endpoint=http://127.0.0.1:4567. Empty: none. */
export function kinesisFeed(text: string): Result<KinesisFeed | null, string> {
  if (text === '') return ok(null)
  const place = awsPlace('kinesis:', text, ['consumer'])
  if (place === null) {
    return err(
      'must be like kinesis://eu-west-1/platform-events, with ?consumer=NAME to be told by enhanced fan-out, and ?endpoint=http://127.0.0.1:4567 for kinesis-local',
    )
  }
  const { name, region, endpoint, parameters } = place
  const consumer = parameters.get('consumer')
  return consumer === null || CONSUMER_NAME.test(consumer)
    ? ok({ region, stream: name, endpoint, consumer })
    : err(
        'must name the consumer in 1 to 128 letters, digits, "_", "." and "-", like ?consumer=synchroniser-1',
      )
}

/** As Kinesis wants it. */
const CONSUMER_NAME = /^[\w.-]{1,128}$/

/** Of an address like protocol://region/name, with no parameters but ?endpoint= and these. */
function awsPlace(protocol: string, text: string, more: readonly string[] = []) {
  const url = URL.parse(text)
  const [, name] = /^\/([\w.-]{1,255})$/.exec(url?.pathname ?? '') ?? []
  if (url?.protocol !== protocol || url.host === '' || name === undefined) return null
  const parameters = url.searchParams
  const endpoint = parameters.get('endpoint')
  const isKnown = [...parameters.keys()].every((key) => key === 'endpoint' || more.includes(key))
  if (!isKnown || (endpoint !== null && !URL.canParse(endpoint))) return null
  return { region: url.host, name, endpoint, parameters }
}

/** Empty: none. */
export function postgresAddress(text: string): Result<string | null, string> {
  if (text === '') return ok(null)
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
    ? ok(text)
    : err('must be like postgres://user:secret@host:5432/database')
}

import { LOCAL_CREDENTIALS } from './engines/credentials.ts'
import { DYNAMODB_REGION } from './engines/dynamodb.ts'
import { KINESIS_REGION } from './engines/kinesis.ts'
import { postgresUrl } from './engines/postgres.ts'
import { openFolder, type StackFolder } from './folder.ts'
import { portsFrom } from './processes/ports.ts'

export interface PlanOptions {
  /** Of the first gateway; that of each other is one more. 0: any that are free. */
  readonly port: number
  readonly gateways: number
  /** Where data is kept; without it, nothing is. */
  readonly data?: string | undefined
  readonly operatorKey: string
}

/** Where everything will be. */
export interface Plan {
  readonly folder: StackFolder
  readonly operatorKey: string
  readonly table: string
  readonly marksTable: string
  readonly stream: string
  readonly externalStream: string
  readonly dynamodbPort: number
  readonly kinesisPort: number
  readonly postgresPort: number
  readonly gatewayPorts: readonly number[]
  /** Of gateways, synchronisers and commands that are to work on this stack. */
  readonly environment: Readonly<Record<string, string>>
}

const TABLE = 'rollcall'
const STREAM = 'platform-events'
const MARKS_TABLE = 'external-events-marks'
const EXTERNAL_STREAM = 'external-events'

export const loopback = (port: number): string => `http://127.0.0.1:${port}`

export async function makePlan(options: PlanOptions): Promise<Plan> {
  const gatewayPorts = await portsFrom(options.port, options.gateways)
  const [dynamodbPort = 0, kinesisPort = 0, postgresPort = 0] = await portsFrom(0, 3)
  return {
    folder: await openFolder(options.data),
    operatorKey: options.operatorKey,
    table: TABLE,
    marksTable: MARKS_TABLE,
    stream: STREAM,
    externalStream: EXTERNAL_STREAM,
    ...{ dynamodbPort, kinesisPort, postgresPort, gatewayPorts },
    environment: {
      ROLLCALL_LOG: `dynamodb://${DYNAMODB_REGION}/${TABLE}?endpoint=${loopback(dynamodbPort)}`,
      ROLLCALL_VIEWS: postgresUrl(postgresPort),
      ROLLCALL_FEED: `kinesis://${KINESIS_REGION}/${STREAM}?endpoint=${loopback(kinesisPort)}`,
      ROLLCALL_OPERATOR_KEY: options.operatorKey,
      ...LOCAL_CREDENTIALS,
    },
  }
}

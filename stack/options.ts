import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { EXIT } from '../src/cli/exitCodes.ts'
import { StackFailure } from './StackFailure.ts'

export const HELP = `Usage: npm run stack -- [--demo] [--import FILE] [--data FOLDER] [--port NUMBER] [--gateways NUMBER]

Starts all of rollcall past one machine, on this machine: DynamoDB Local, the relay, kinesis-local, PostgreSQL, gateways and a
synchroniser. Tells where everything is and how to break it, takes commands, and ends everything with Ctrl-C.

  --demo             fill it with a believable organisation of 200 people
  --import FILE      import a file of changes (newline-delimited JSON, also gzipped)
  --data FOLDER      keep the data there, and go on with what is there; without it nothing is kept
  --port NUMBER      of the first gateway, 4001; each other one takes the next; 0: any that are free
  --gateways NUMBER  how many, 2

ROLLCALL_OPERATOR_KEY is the operator's key, if it is set; other settings of rollcall reach gateways and synchroniser as well.
`

export interface Options {
  readonly demo: boolean
  readonly importFile: string | undefined
  readonly data: string | undefined
  readonly port: number
  readonly gateways: number
  readonly operatorKey: string
}

const MAX_PORT = 65_535
const MAX_GATEWAYS = 16

/** Null where help is asked for. Throws `StackFailure` with what is wrong. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options | null {
  const values = valuesIn(args)
  if (values.help) return null
  const gateways = wholeNumber('--gateways', values.gateways, 1, MAX_GATEWAYS)
  if (values.import !== undefined && !existsSync(values.import)) {
    throw misuse(`--import: there is no file ${values.import}`)
  }
  return {
    demo: values.demo,
    importFile: values.import,
    data: values.data,
    port: wholeNumber('--port', values.port, 0, MAX_PORT - gateways + 1),
    gateways,
    operatorKey: environment.ROLLCALL_OPERATOR_KEY || randomBytes(18).toString('base64url'),
  }
}

function valuesIn(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        demo: { type: 'boolean', default: false },
        import: { type: 'string' },
        data: { type: 'string' },
        port: { type: 'string', default: '4001' },
        gateways: { type: 'string', default: '2' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    throw misuse(`${error instanceof Error ? error.message : error}\n\n${HELP}`)
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw misuse(`${option}: must be a whole number from ${min} to ${max}, but was ${text}`)
}

const misuse = (message: string): StackFailure => new StackFailure(message, EXIT.usage)

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import settings from '../cdk.json' with { type: 'json' }
import { type RollcallProps, RollcallStack } from '../stack.ts'

/** What CloudFormation would be given, and what goes with it. */
export interface Synthesised {
  readonly template: Template
  /** With an `index.js`, of the function that logs under this name. */
  bundle(name: string): string
}

/** Into a folder of its own below the system's, which CDK removes when the process ends. */
export function synthesise(props: Partial<RollcallProps> = {}): Synthesised {
  const app = new App({ context: settings.context })
  const stack = new RollcallStack(app, 'Rollcall', {
    imageTag: '1.2.3',
    certificateArn: 'arn:aws:acm:eu-central-1:111111111111:certificate/c',
    alarmEmail: 'ops@example.org',
    fanOut: false,
    ...props,
  })
  const { directory } = app.synth()
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const bundles = folders
    .map(({ name }) => join(directory, name))
    .filter((folder) => readdirSync(folder).includes('index.js'))
  return {
    template: Template.fromStack(stack),
    bundle(name) {
      const own = bundles.filter((folder) =>
        readFileSync(join(folder, 'index.js'), 'utf8').includes(`"${name}"`),
      )
      const [folder = '', ...others] = own
      if (others.length > 0 || folder === '') throw new Error(`${own.length} functions log as ${name}`)
      return folder
    },
  }
}

export const standard = synthesise()

export const fannedOut = synthesise({ fanOut: true })

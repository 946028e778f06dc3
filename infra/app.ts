import { App } from 'aws-cdk-lib'
import { RollcallStack } from './stack.ts'

const app = new App()

/** What is said with `-c name=value`, or in the context of cdk.json. */
function said(name: string): string | undefined {
  const value: unknown = app.node.tryGetContext(name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Throws for one that is missed. */
function given(name: string): string {
  const value = said(name)
  if (value === undefined) throw new Error(`say -c ${name}=…: see README.md`)
  return value
}

function onOrOff(name: string): boolean {
  const value = said(name) ?? 'off'
  if (value !== 'on' && value !== 'off') throw new Error(`-c ${name}=${value}: must be on or off`)
  return value === 'on'
}

new RollcallStack(app, 'Rollcall', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
  terminationProtection: true,
  imageTag: given('imageTag'),
  certificateArn: given('certificateArn'),
  alarmEmail: given('alarmEmail'),
  logStreamArn: said('logStreamArn'),
  fanOut: onOrOff('fanOut'),
})

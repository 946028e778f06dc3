import assert from 'node:assert/strict'
import type { Template } from 'aws-cdk-lib/assertions'
import { ENGINE_VARIABLES } from '../engines.ts'

export interface Container {
  readonly Name: string
  readonly StopTimeout: number
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[]
  readonly Secrets: readonly { readonly Name: string }[]
}

/** Of the first task whose name begins so. */
export function containerOf(template: Template, process: string, name = 'rollcall'): Container {
  const [task] = Object.entries(template.findResources('AWS::ECS::TaskDefinition')).flatMap(
    ([id, { Properties }]) =>
      id.startsWith(process) ? [Properties.ContainerDefinitions as readonly Container[]] : [],
  )
  const container = task?.find(({ Name }) => Name === name)
  assert.ok(container, `${process} has no container ${name}`)
  return container
}

/** Of values that become known at deployment, their form is. */
export function settingsOf({ Environment, Secrets }: Container): Record<string, string> {
  const said = Environment.map(({ Name, Value }) => [Name, resolved(Value)])
  const secret = Secrets.map(({ Name }) => [Name, SECRETS[Name] ?? 'a-secret-of-more-than-sixteen'])
  return Object.fromEntries([...said, ...secret])
}

const SECRETS: Readonly<Record<string, string>> = {
  [ENGINE_VARIABLES.views]: 'postgres://rollcall:secret@views:5432/rollcall',
}

function resolved(value: unknown): string {
  if (typeof value === 'string') return value
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? ['', []]
  return parts.map((part) => (typeof part === 'string' ? part : 'known-at-deployment')).join(separator)
}

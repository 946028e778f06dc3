import type { Template } from 'aws-cdk-lib/assertions'

export interface Statement {
  /** The logical id of its policy. */
  readonly policy: string
  readonly actions: readonly string[]
  /** ARNs that are not known yet are objects. */
  readonly resources: readonly unknown[]
  readonly conditions: unknown
}

interface Written {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: unknown
}

/** What the roles of a stack are allowed. */
export const statementsOf = (template: Template): readonly Statement[] =>
  Object.entries(template.findResources('AWS::IAM::Policy')).flatMap(([policy, { Properties }]) =>
    (Properties.PolicyDocument.Statement as readonly Written[]).map(({ Action, Resource, Condition }) => ({
      policy,
      actions: [Action].flat(),
      resources: [Resource].flat(),
      conditions: Condition,
    })),
  )

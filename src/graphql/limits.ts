import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { type DomainError, domainError } from '../domain/errors.ts'
import { MAX_PAGE } from './connections.ts'
import type { DocumentLimits } from './engine.ts'

/** What an operation costs with these variables. */
export type CostOf = (variables: Readonly<Record<string, unknown>>) => number

/** What is measured of an operation before it may run. Introspection counts for nothing here: GraphQL bounds it itself. */
export interface Measured {
  readonly depth: number
  readonly aliases: number
  /**
   * How many objects it can make the server resolve: each field that gives an object counts 1, times the pages it stands in.
   * Fields that give a plain value are free.
   */
  readonly cost: CostOf
}

/** Page sizes where the document does not say: the schema's default. */
const DEFAULT_PAGE = 50

/** A selection set's cost as a graph: fragments are shared, so that spreading one often costs nothing to measure. */
interface Weight {
  readonly own: number
  readonly size: CostOf
  readonly below: readonly Weight[]
}

interface Part {
  readonly depth: number
  readonly weights: readonly Weight[]
}

const NOTHING: Part = { depth: 0, weights: [] }

/** The document must be valid: fragments exist and have no cycles. */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Measured {
  const definitions = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') definitions.set(definition.name.value, definition)
  }
  const fragments = new Map<string, Part>()
  let aliases = 0

  function selectionSet(parent: GraphQLCompositeType, { selections }: SelectionSetNode): Part {
    const parts = selections.map((selection) => {
      if (selection.kind === 'Field') return field(parent, selection)
      return selection.kind === 'InlineFragment'
        ? fragment(parent, selection)
        : spread(parent, selection.name.value)
    })
    return {
      depth: Math.max(0, ...parts.map(({ depth }) => depth)),
      weights: parts.flatMap(({ weights }) => weights),
    }
  }

  function spread(parent: GraphQLCompositeType, name: string): Part {
    const definition = definitions.get(name)
    let part = fragments.get(name)
    if (part === undefined && definition !== undefined) {
      const { depth, weights } = fragment(parent, definition)
      part = { depth, weights: [{ own: 0, size: ONE, below: weights }] }
      fragments.set(name, part)
    }
    return part ?? NOTHING
  }

  function fragment(parent: GraphQLCompositeType, node: FragmentDefinitionNode | InlineFragmentNode): Part {
    const named = node.typeCondition && schema.getType(node.typeCondition.name.value)
    return selectionSet(isCompositeType(named) ? named : parent, node.selectionSet)
  }

  function field(parent: GraphQLCompositeType, node: FieldNode): Part {
    if (node.alias) aliases += 1
    if (node.name.value.startsWith('__')) return NOTHING
    const type = 'getFields' in parent ? parent.getFields()[node.name.value]?.type : undefined
    const named = type && getNamedType(type)
    if (!isCompositeType(named) || node.selectionSet === undefined) return { depth: 1, weights: [] }
    const { depth, weights } = selectionSet(named, node.selectionSet)
    const size = pageSize(node, named.name.endsWith('Connection'))
    return { depth: depth + 1, weights: [{ own: 1, size, below: weights }] }
  }

  const root = schema.getRootType(operation.operation)
  const { depth, weights } = root ? selectionSet(root, operation.selectionSet) : NOTHING
  return { depth, aliases, cost: (variables) => sum(weights, variables, new Map()) }
}

type Sums = Map<readonly Weight[], number>

/** One for the object itself, and what is below it as often as the page has places. */
function sum(weights: readonly Weight[], variables: Readonly<Record<string, unknown>>, known: Sums): number {
  let total = known.get(weights)
  if (total === undefined) {
    total = 0
    for (const { own, size, below } of weights) {
      const inner = below.length === 0 ? 0 : sum(below, variables, known)
      total += own === 0 ? inner : own + size(variables) * Math.max(size === ONE ? 0 : 1, inner)
    }
    known.set(weights, total)
  }
  return total
}

const ONE: CostOf = () => 1

function pageSize(node: FieldNode, isConnection: boolean): CostOf {
  if (!isConnection) return ONE
  const value = node.arguments?.find(({ name }) => name.value === 'first')?.value
  if (value?.kind === 'IntValue') {
    const size = Number(value.value)
    return () => size
  }
  if (value?.kind !== 'Variable') return () => DEFAULT_PAGE
  const name = value.name.value
  return (variables) => clamp(variables[name])
}

/** A size that is no number, or out of bounds, is refused later, by name. */
const clamp = (size: unknown): number =>
  typeof size === 'number' ? Math.min(Math.max(size, 0), MAX_PAGE) : DEFAULT_PAGE

/** The limits that do not depend on variables. Null: within them. */
export function exceeded({ depth, aliases }: Measured, limits: DocumentLimits): DomainError | null {
  if (depth > limits.maxDepth) return tooComplex('depth', depth, limits.maxDepth, 'Ask for less depth')
  if (aliases > limits.maxAliases)
    return tooComplex('aliases', aliases, limits.maxAliases, 'Ask in several requests')
  return null
}

export function tooCostly(cost: number, limits: DocumentLimits): DomainError | null {
  return cost > limits.maxCost
    ? tooComplex('cost', cost, limits.maxCost, 'Ask for smaller pages or less nesting')
    : null
}

const tooComplex = (what: string, value: number, limit: number, advice: string): DomainError =>
  domainError(
    'QUERY_TOO_COMPLEX',
    `The ${what} of the operation is ${value}, but at most ${limit} is allowed. ${advice}`,
    {
      limit: what,
      value,
      allowed: limit,
    },
  )

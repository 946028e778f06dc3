import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  type InlineFragmentNode,
  isCompositeType,
  isListType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { type DomainError, domainError } from '../domain/errors.ts'
import { MAX_KEYS_PER_USER } from '../services/apiKeys.ts'
import { MAX_PAGE } from './connections.ts'
import type { Limits } from './engine.ts'

/** What an operation costs with these variables, as they were sent. */
export type CostOf = (variables: Variables) => number

type Variables = Readonly<Record<string, unknown>>

/** What is measured of an operation before it may run. Introspection counts for nothing here: GraphQL bounds it itself. */
export interface Measured {
  readonly depth: number
  readonly aliases: number
  /**
   * No fewer than the objects that it can make the server resolve: each field that gives an object counts 1, times the pages it stands in.
   * Pages count as full, and what @skip or @include may leave out counts. Plain values are free, but for long ones: see longText.ts.
   */
  readonly cost: CostOf
}

/** The most that a list holds that is no page: the memberships that one commit can write are fewer. */
const PLAIN_LIST = MAX_KEYS_PER_USER

/** A selection set's cost as a graph: fragments are shared, so that spreading one often costs nothing to measure. */
interface Weight {
  readonly own: number
  /** How many places a list has; null where the field gives one object, or is no field. */
  readonly size: CostOf | null
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
  const defaults = new Map(
    operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  )
  const fragments = new Map<string, Part>()
  let aliases = 0
  let isFixed = true

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
      part = { depth, weights: [{ own: 0, size: null, below: weights }] }
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
    const definition = 'getFields' in parent ? parent.getFields()[node.name.value] : undefined
    const named = getNamedType(definition?.type)
    if (definition === undefined || !isCompositeType(named) || node.selectionSet === undefined) {
      const own = Number(definition?.extensions.complexity ?? 0)
      return { depth: 1, weights: own === 0 ? [] : [{ own, size: null, below: [] }] }
    }
    const { depth, weights } = selectionSet(named, node.selectionSet)
    return { depth: depth + 1, weights: [{ own: 1, size: sizeOf(parent, definition, node), below: weights }] }
  }

  /** A connection stands for the rows of its page, so its lists of them count no more. */
  function sizeOf(
    parent: GraphQLCompositeType,
    { args, type }: GraphQLField<unknown, unknown>,
    node: FieldNode,
  ): CostOf | null {
    const first = args.find(({ name }) => name === 'first')
    if (first !== undefined) {
      const value = node.arguments?.find(({ name }) => name.value === 'first')?.value
      return pageSize(value, Number(first.defaultValue))
    }
    return isListType(getNullableType(type)) && !parent.name.endsWith('Connection') ? () => PLAIN_LIST : null
  }

  /** As the resolvers see it: null is the argument's default too. A size out of bounds is refused later, by name. */
  function pageSize(value: ValueNode | undefined, argumentDefault: number): CostOf {
    if (value?.kind !== 'Variable') {
      const size = literalSize(value) ?? argumentDefault
      return () => size
    }
    const name = value.name.value
    // Compiled documents lose what is given under this name.
    if (name === '__proto__') return () => MAX_PAGE
    isFixed = false
    const variableDefault = literalSize(defaults.get(name)) ?? argumentDefault
    return (variables) => {
      const given = Object.hasOwn(variables, name) ? variables[name] : undefined
      if (given === undefined) return variableDefault
      return typeof given === 'number' ? bounded(given) : argumentDefault
    }
  }

  const root = schema.getRootType(operation.operation)
  const { depth, weights } = root ? selectionSet(root, operation.selectionSet) : NOTHING
  const cost: CostOf = (variables) => sum(weights, variables, new Map())
  if (!isFixed) return { depth, aliases, cost }
  const fixed = cost({})
  return { depth, aliases, cost: () => fixed }
}

type Sums = Map<readonly Weight[], number>

/** One for the object itself, and what is below it as often as the list has places: at least once, for a connection's pageInfo. */
function sum(weights: readonly Weight[], variables: Variables, known: Sums): number {
  let total = known.get(weights)
  if (total === undefined) {
    total = 0
    for (const { own, size, below } of weights) {
      const inner = below.length === 0 ? 0 : sum(below, variables, known)
      total += own + (size === null ? inner : Math.max(1, size(variables)) * Math.max(1, inner))
    }
    total = Math.min(total, Number.MAX_SAFE_INTEGER)
    known.set(weights, total)
  }
  return total
}

/** Undefined for null, and where there is none. */
const literalSize = (value: ValueNode | undefined): number | undefined =>
  value?.kind === 'IntValue' ? bounded(Number(value.value)) : undefined

const bounded = (size: number): number => Math.min(Math.max(size, 0), MAX_PAGE)

/** The limits that do not depend on variables. Null: within them. */
export function exceeded({ depth, aliases }: Measured, limits: Limits): DomainError | null {
  if (depth > limits.maxDepth) return tooComplex('depth', depth, limits.maxDepth, 'Ask for less depth')
  if (aliases > limits.maxAliases)
    return tooComplex('aliases', aliases, limits.maxAliases, 'Ask in several requests')
  return null
}

export function tooCostly(cost: number, limits: Limits): DomainError | null {
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

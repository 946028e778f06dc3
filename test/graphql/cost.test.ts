import 'reflect-metadata'
import fc from 'fast-check'
import {
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isEnumType,
  isListType,
  isObjectType,
  parse,
  printSchema,
  buildSchema as schemaOf,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { expect, test } from 'vitest'
import { measure } from '../../src/graphql/limits.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { documentOver, type GeneratedDocument } from '../support/documents.ts'

const schema = buildSchema()
/** The same types, in a world where every page is full. */
const fullSchema = schemaOf(printSchema(schema))

const costOf = ({ query, variables }: GeneratedDocument): number => {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('there is no operation')
  return measure(schema, document, operation).cost(variables)
}

const fullPages: GraphQLFieldResolver<{ rows?: number } | undefined, unknown, { first?: number | null }> = (
  source,
  args,
  _context,
  { parentType, fieldName, returnType, schema },
) => {
  const field = parentType.getFields()[fieldName]
  const first = field?.args.find(({ name }) => name === 'first')
  if (first !== undefined) {
    const rows = args.first ?? Number(first.defaultValue)
    if (rows < 0 || rows > 1_000) throw new Error('out of bounds')
    return { rows }
  }
  const one = anyOf(schema, returnType)
  return isListType(getNullableType(returnType))
    ? Array.from({ length: source?.rows ?? 100 }, () => one)
    : one
}

function anyOf(schema: GraphQLSchema, type: GraphQLOutputType): unknown {
  const named = getNamedType(type)
  if (isEnumType(named)) return named.getValues()[0]?.value
  if (isAbstractType(named)) return { __typename: schema.getPossibleTypes(named).at(-1)?.name }
  return 'getFields' in named ? {} : 1
}

for (const type of Object.values(fullSchema.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue
  for (const field of Object.values(type.getFields())) field.resolve = fullPages
}

const interpreted = ({ query, variables }: GeneratedDocument): ExecutionResult =>
  execute({ schema: fullSchema, document: parse(query), variableValues: variables }) as ExecutionResult

function compiled({ query, variables }: GeneratedDocument): ExecutionResult {
  const document = compileQuery(fullSchema, parse(query))
  return isCompiledQuery(document) ? (document.query({}, {}, { ...variables }) as ExecutionResult) : document
}

/** Objects in an answer, but for the answer itself. */
function objectsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside = Object.values(value).reduce((sum: number, part) => sum + objectsIn(part), 0)
  return Array.isArray(value) ? inside : inside + 1
}

test('no answer has more objects than the operation costs', () => {
  let counted = 0
  fc.assert(
    fc.property(fc.gen(), (draw) => {
      const document = documentOver(schema, draw)
      const cost = costOf(document)
      expect(cost).toBeGreaterThanOrEqual(0)
      fc.pre(cost < 2_000)
      for (const run of [interpreted, compiled]) {
        const { data } = run(document)
        const objects = data == null ? 0 : objectsIn(data) - 1
        counted += objects
        expect(cost, document.query).toBeGreaterThanOrEqual(objects)
      }
    }),
    { numRuns: 400 },
  )
  expect(counted).toBeGreaterThan(1_000)
})

test.each([
  [
    'a negative page',
    '{ users(first: -2147483648) @skip(if: true) { nodes { id } } groups(first: 9) { nodes { id } } }',
    {},
    12,
  ],
  ['the default of a variable', 'query ($n: Int = 1000) { users(first: $n) { nodes { id } } }', {}, 1_001],
  [
    'a variable over its default',
    'query ($n: Int = 1000) { users(first: $n) { nodes { id } } }',
    { n: 7 },
    8,
  ],
  [
    'null over the default of a variable',
    'query ($n: Int = 1000) { users(first: $n) { nodes { id } } }',
    { n: null },
    51,
  ],
  ['a variable that is not there', 'query ($n: Int) { users(first: $n) { nodes { id } } }', {}, 51],
  ['the default of the argument', '{ changes { nodes { seq } } }', {}, 101],
  [
    'more than a page can hold',
    'query ($n: Int) { users(first: $n) { nodes { id } } }',
    { n: 100_000 },
    1_001,
  ],
  [
    'what a compiled document loses',
    'query ($__proto__: Int) { users(first: $__proto__) { nodes { id } } }',
    JSON.parse('{"__proto__":0}'),
    1_001,
  ],
  ['a list that is no page', '{ user(id: "u") { apiKeys { id } } }', {}, 102],
])('%s is measured', (_what, query, variables, cost) => {
  expect(costOf({ query, variables })).toBe(cost)
})

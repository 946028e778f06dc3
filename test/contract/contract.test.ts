import {
  findBreakingChanges,
  buildSchema as fromSdl,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { buildSchema } from '../../src/graphql/schema.ts'
import { againstPromise, promisedSdl } from './promised.ts'

const ours = buildSchema()

describe('what was promised', () => {
  const promised = fromSdl(promisedSdl ?? 'type Query { nothing: Int }')

  test.skipIf(promisedSdl === null)(againstPromise('is in the schema: names, types, nullability'), () => {
    const broken = findBreakingChanges(promised, ours).map(({ description }) => description)
    expect(broken).toEqual([])
  })

  test.skipIf(promisedSdl === null)(againstPromise('has the same defaults'), () => {
    const defaults = new Map(membersOf(ours).map(({ place, standard }) => [place, standard]))
    const shared = membersOf(promised).filter(({ place }) => defaults.has(place))
    expect(shared.filter(({ standard }) => standard !== undefined).length).toBeGreaterThan(10)
    for (const { place, standard } of shared) expect(defaults.get(place), place).toEqual(standard)
  })
})

test('everything in the schema is described', () => {
  const members = membersOf(ours)
  expect(members.length).toBeGreaterThan(300)
  expect(members.filter(({ description }) => !description?.trim()).map(({ place }) => place)).toEqual([])
})

interface Member {
  readonly place: string
  readonly description: string | null | undefined
  /** The default of an argument or an input field. */
  readonly standard?: unknown
}

/** Every type, field, argument, input field and enum value of our own. */
const membersOf = (schema: GraphQLSchema): Member[] =>
  Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .filter((type) => !isSpecifiedScalarType(type))
    .flatMap((type) => [{ place: type.name, description: type.description }, ...membersOfType(type)])

function membersOfType(type: GraphQLNamedType): Member[] {
  const member = ({ name, description, defaultValue }: Described, parent = type.name): Member => ({
    place: `${parent}.${name}`,
    description,
    standard: defaultValue,
  })
  if (isEnumType(type)) return type.getValues().map((value) => member(value))
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => member(field))
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return Object.values(type.getFields()).flatMap((field) => [
    member(field),
    ...field.args.map((argument) => member(argument, `${type.name}.${field.name}`)),
  ])
}

interface Described {
  readonly name: string
  readonly description?: string | null | undefined
  readonly defaultValue?: unknown
}

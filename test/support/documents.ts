import fc, { type GeneratorValue } from 'fast-check'
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

export interface GeneratedDocument {
  readonly query: string
  readonly variables: Readonly<Record<string, number | boolean | null>>
}

const SIZES = [-2_147_483_648, -1, 0, 1, 2, 3, 7, 1_000, 1_001]
/** Names that every object inherits something under are among them. */
const PAGE_VARIABLES = ['first', 'size', 'constructor', '__proto__']
const FLAG = 'flag'
const MAX_DEPTH = 7

/** A valid query over the schema: aliases, fragments and directives, and page sizes by literals, variables and defaults of either. */
export function documentOver(schema: GraphQLSchema, draw: GeneratorValue): GeneratedDocument {
  const fragments: string[] = []
  let names = 0
  const oneOf = <A>(choices: readonly A[]): A => choices[draw(fc.nat, { max: choices.length - 1 })] as A
  const chance = (outOf: number): boolean => draw(fc.nat, { max: outOf - 1 }) === 0

  function selectionSet(type: GraphQLNamedType, depth: number): string {
    const count = chance(3) ? 2 : 1
    return `{ ${Array.from({ length: count }, () => selection(type, depth)).join(' ')} }`
  }

  function selection(type: GraphQLNamedType, depth: number): string {
    if (isAbstractType(type) && (!isInterfaceType(type) || chance(2))) {
      return fragment(oneOf(schema.getPossibleTypes(type)), depth)
    }
    return chance(5) ? fragment(type, depth) : field(type, depth)
  }

  function fragment(type: GraphQLNamedType, depth: number): string {
    if (chance(2)) return `... on ${type.name} ${directive()} ${selectionSet(type, depth)}`
    const name = `F${names++}`
    fragments.push(`fragment ${name} on ${type.name} ${selectionSet(type, depth)}`)
    const spread = `...${name} ${directive()}`
    return chance(3) ? `${spread} ${spread}` : spread
  }

  function field(type: GraphQLNamedType, depth: number): string {
    if (!isObjectType(type) && !isInterfaceType(type)) return '__typename'
    const all = Object.values(type.getFields())
    const leaves = all.filter((each) => isLeafType(getNamedType(each.type)))
    const nested = all.filter((each) => !leaves.includes(each))
    const choices = depth < MAX_DEPTH && nested.length > 0 && !chance(4) ? nested : leaves
    if (choices.length === 0) return '__typename'
    const chosen = oneOf(choices)
    const below = getNamedType(chosen.type)
    const rest = isCompositeType(below) ? selectionSet(below, depth + 1) : ''
    return `a${names++}: ${chosen.name}${argumentsOf(chosen)} ${directive()} ${rest}`
  }

  function argumentsOf({ args }: GraphQLField<unknown, unknown>): string {
    const given = args.filter(isRequiredArgument).map(({ name }) => `${name}: "x"`)
    if (args.some(({ name }) => name === 'first') && !chance(5)) given.push(`first: ${size()}`)
    return given.length === 0 ? '' : `(${given.join(', ')})`
  }

  const size = (): string =>
    oneOf([() => String(oneOf(SIZES)), () => `$${oneOf(PAGE_VARIABLES)}`, () => 'null'])()

  const directive = (): string =>
    oneOf([
      '',
      '',
      '',
      `@skip(if: $${FLAG})`,
      `@include(if: $${FLAG})`,
      '@skip(if: true)',
      '@include(if: true)',
    ])

  const body = selectionSet(schema.getQueryType() as GraphQLNamedType, 0)
  const variables: [string, number | boolean | null][] = [[FLAG, chance(2)]]
  const declared = PAGE_VARIABLES.map((name) => {
    if (chance(2)) variables.push([name, oneOf([...SIZES, null])])
    return `$${name}: Int${chance(2) ? ` = ${oneOf([...SIZES, 'null'])}` : ''}`
  })
  const operation = `query (${declared.join(', ')}, $${FLAG}: Boolean!) ${body}`
  return { query: [operation, ...fragments].join('\n'), variables: JSON.parse(jsonOf(variables)) }
}

/** As it comes in a request: `__proto__` is a name like any other there. */
const jsonOf = (entries: readonly (readonly [string, unknown])[]): string =>
  `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`

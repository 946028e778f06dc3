import { Field, ObjectType } from 'type-graphql'
import { Change } from './change.ts'
import { PageInfo } from './connections.ts'

@ObjectType({ simpleResolvers: true, description: 'A page of changes, in the order in which they happened.' })
export class ChangeConnection {
  @Field(() => [Change], { description: 'The page.' })
  readonly nodes!: Change[]

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  readonly pageInfo!: PageInfo
}

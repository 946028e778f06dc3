import { Field, ID, InputType } from 'type-graphql'
import { type ChangeFilter, checkChangeFilter } from '../domain/changeFilter.ts'
import { DomainFailure } from '../domain/errors.ts'
import { DateTime } from './scalars.ts'

@InputType('ChangeFilter', { description: 'Changes for which all of this holds.' })
export class ChangeFilterInput {
  @Field(() => [ID], {
    nullable: true,
    description: 'Of one of these users; a membership is of its user and of its group.',
  })
  readonly userIds?: readonly string[] | null

  @Field(() => [ID], { nullable: true, description: 'Of one of these groups.' })
  readonly groupIds?: readonly string[] | null

  @Field(() => [String], { nullable: true, description: 'Of one of these types, such as SetMembership.' })
  readonly events?: readonly string[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'By one of these: operator, system, key, or the id or the label of an API key.',
  })
  readonly actors?: readonly string[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'Caused by one of these: ids of requests, or of changes of an import.',
  })
  readonly causes?: readonly string[] | null

  @Field(() => DateTime, { nullable: true, description: 'At this instant or later.' })
  readonly since?: Date | null

  @Field(() => DateTime, { nullable: true, description: 'Before this instant.' })
  readonly until?: Date | null
}

/** BAD_USER_INPUT. */
export function changeFilterOf(input: ChangeFilterInput | null | undefined): ChangeFilter {
  const filter = checkChangeFilter({
    userIds: input?.userIds ?? null,
    groupIds: input?.groupIds ?? null,
    events: input?.events ?? null,
    actors: input?.actors ?? null,
    causes: input?.causes ?? null,
    since: input?.since?.toISOString() ?? null,
    until: input?.until?.toISOString() ?? null,
  })
  if (!filter.ok) throw new DomainFailure(filter.error)
  return filter.value
}

export const MEMBERSHIP_ROLES = ['MEMBER', 'MAINTAINER'] as const
export type MembershipRole = (typeof MEMBERSHIP_ROLES)[number]

import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { Condition } from './conditions.ts'

const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator

/** Tells an address of what a person has to look at. */
export class Alarms extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, conditions: Readonly<Record<string, Condition>>, email: string) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { enforceSSL: true })
    this.topic.addSubscription(new EmailSubscription(email))
    for (const [name, condition] of Object.entries(conditions)) this.#add(name, condition)
  }

  #add(name: string, { metric, is, limit, minutes, silence = 'is fine', about }: Condition): void {
    const alarm = new Alarm(this, name, {
      metric,
      threshold: limit,
      comparisonOperator: is === 'above' ? GREATER_THAN_THRESHOLD : LESS_THAN_THRESHOLD,
      evaluationPeriods: minutes,
      treatMissingData: silence === 'is fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
      alarmDescription: about,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
  }
}

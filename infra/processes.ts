import { Duration } from 'aws-cdk-lib'
import type { IRepository } from 'aws-cdk-lib/aws-ecr'
import {
  type ContainerDefinition,
  ContainerImage,
  CpuArchitecture,
  Secret as EcsSecret,
  FargateTaskDefinition,
  LogDrivers,
} from 'aws-cdk-lib/aws-ecs'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { ENGINE_VARIABLES, type Engines } from './engines.ts'

/** What all processes of rollcall have in common, whatever their part. */
export interface ProcessProps {
  readonly images: IRepository
  readonly imageTag: string
  readonly engines: Engines
}

export interface Process {
  readonly task: FargateTaskDefinition
  readonly container: ContainerDefinition
}

export interface Part {
  /** As one would say it to `npx rollcall`. */
  readonly command: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, ISecret>>
  /** See `gateways.ts`. */
  readonly healthCheck?: string
}

/** From SIGTERM on, rollcall takes so long to finish what is under way. */
const STOP = Duration.seconds(25)
/** Then it is killed. */
const KILL = Duration.seconds(40)

/** 1 vCPU and 2 GB: one event loop, and what it keeps warm. */
export function defineProcess(
  scope: Construct,
  { images, imageTag, engines }: ProcessProps,
  { command, environment, secrets = {}, healthCheck }: Part,
): Process {
  const task = new FargateTaskDefinition(scope, 'Task', {
    cpu: 1_024,
    memoryLimitMiB: 2_048,
    runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64 },
  })
  const read = { [ENGINE_VARIABLES.views]: engines.views, ...secrets }
  const container = task.addContainer('rollcall', {
    image: ContainerImage.fromEcrRepository(images, imageTag),
    command: [command],
    environment: {
      [ENGINE_VARIABLES.log]: engines.log,
      [ENGINE_VARIABLES.feed]: engines.feed,
      ROLLCALL_STOP_TIMEOUT_MS: String(STOP.toMilliseconds()),
      ...environment,
    },
    secrets: Object.fromEntries(
      Object.entries(read).map(([name, secret]) => [name, EcsSecret.fromSecretsManager(secret)]),
    ),
    stopTimeout: KILL,
    logging: LogDrivers.awsLogs({ streamPrefix: command, logRetention: RetentionDays.THREE_MONTHS }),
    ...(healthCheck === undefined
      ? {}
      : { healthCheck: { command: ['CMD', 'node', '-e', healthCheck], startPeriod: Duration.minutes(1) } }),
  })
  return { task, container }
}

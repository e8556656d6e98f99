import type { Construct } from "constructs";
import { AlarmTopic } from "../modules/alarms";
import { Bucket } from "../modules/bucket";
import { beyondDeploying, machineRoles } from "../modules/deploy-permissions";
import { GithubOidcProvider } from "../modules/github-oidc-provider";
import { cleanUpPermissions, publishPermissions } from "../modules/image-permissions";
import { packerPermissions } from "../modules/packer-permissions";
import { readingData } from "../modules/reading-data";
import { Role } from "../modules/role";
import { Stack, type StackProps } from "../modules/stack";

/** The branch that releases come from. */
const MAIN = "main";
/** Hours that a session may last: a bake, or a roll-out that waits for every machine, takes longer than one. */
const SESSION_HOURS = 2;

/**
 * What an environment needs before its other stacks: a bucket for Terraform's state, a topic for alarms, and the roles that
 * GitHub's workflows plan, bake and deploy with. Deployed by a person with an administrator's credentials, never by a workflow.
 */
export class Bootstrap extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const state = new Bucket(this, "state", { keepVersionsForDays: 90 });
    const alarms = AlarmTopic.ofEnvironment(this, "alarms");
    this.output("state_bucket", state.name, "Setting stateBucket of this environment");
    this.output("alarm_topic_arn", alarms.arn, "Setting alarms.topicArn of this environment");

    const { github, name } = props.environment;
    if (github === undefined) return;
    const workflows = new GithubOidcProvider(this, "github", {
      repository: github.repository,
      provider: github.oidcProvider,
    });

    const plan = new Role(this, "plan", {
      description: "Reads how everything is set up, for the plans of pull requests and releases",
      webIdentity: workflows.jobs({ pullRequests: true, branch: MAIN }),
    });
    plan.attachManagedPolicy("ReadOnlyAccess");
    plan.deny("no-data", ...readingData(this, state));

    const bake = new Role(this, "bake", {
      description: "Bakes, publishes and removes machine images",
      webIdentity: workflows.jobs({ branch: MAIN }),
      sessionHours: SESSION_HOURS,
    });
    bake.allow("packer", ...packerPermissions(this));
    bake.allow("publish", ...publishPermissions(this));
    bake.allow("clean-up", ...cleanUpPermissions(this));

    const deploy = new Role(this, "deploy", {
      description: "Deploys stacks and rolls them back",
      webIdentity: workflows.jobs({ environment: github.environment ?? name }),
      sessionHours: SESSION_HOURS,
    });
    deploy.attachManagedPolicy("PowerUserAccess");
    deploy.allow("machine-roles", ...machineRoles(this));
    deploy.deny("beyond-deploying", ...beyondDeploying(this, id, state));

    this.output("plan_role_arn", plan.resource.arn, `GitHub variable AWS_PLAN_ROLE_${name.toUpperCase()}`);
    this.output("bake_role_arn", bake.resource.arn, `GitHub variable AWS_BAKE_ROLE_${name.toUpperCase()}`);
    this.output("deploy_role_arn", deploy.resource.arn, `GitHub variable AWS_DEPLOY_ROLE_${name.toUpperCase()}`);
  }
}

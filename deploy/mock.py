"""A mock account: moto's server, whose CloudFormation is taught the types for which moto has a service.

Left alone it passes over what it does not know with a line in its log. Here the types of TAUGHT are made by the service
itself, with its checks; those of unknown-to-mock.txt are taken as they are; any other type fails its stack.

    python deploy/mock.py PORT
"""

import json
import logging
import re
import sys

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import boto3
from moto.cloudformation import models, parsing, responses
from moto.cloudformation.exceptions import ValidationError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.common_models import CloudFormationModel
from moto.elasticache.models import elasticache_backends
from moto.opensearchserverless import models as serverless
from moto.server import main

PORT = sys.argv[1] if len(sys.argv) > 1 else "5000"
UNKNOWN = [
    line.split()[0]
    for line in (Path(__file__).parent / "unknown-to-mock.txt").read_text().splitlines()
    if line and not line.startswith("#")
]

@dataclass
class Taught:
    """How a type is made by its service."""

    service: str
    # Makes it, or puts it anew; returns what it is known by, and its attributes.
    make: Callable[[Any, dict], tuple[str, dict]]
    # Takes it away.
    drop: Callable[[Any, "Made"], Any]
    # The property by which another one is meant.
    name: str = ""
    # Whether making it again changes it; else what changes is passed over.
    is_put: bool = False

def without_nothing(value: Any) -> Any:
    """What moto has for AWS::NoValue is no value of a service."""
    if isinstance(value, dict):
        return {key: without_nothing(it) for key, it in value.items() if it is not None}
    if isinstance(value, list):
        return [without_nothing(it) for it in value if it is not None]
    return value

def only(properties: dict, *names: str) -> dict:
    return {name: properties[name] for name in names if name in properties}

def lower(value: Any) -> Any:
    """Names as services spell them that begin small."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: lower(it) for key, it in value.items()}
    return [lower(it) for it in value] if isinstance(value, list) else value

def counted(items: list) -> dict:
    return {"Quantity": len(items), "Items": items}

def resolved(text: str, region: str) -> str:
    """A reference to a secret, as CloudFormation reads it."""
    secrets = client("secretsmanager", region)
    read = lambda found: secrets.get_secret_value(SecretId=found[1])["SecretString"]
    return re.sub(r"\{\{resolve:secretsmanager:(.+?):SecretString\}\}", read, text)

def all_resolved(value: Any, region: str) -> Any:
    if isinstance(value, dict):
        return {key: all_resolved(it, region) for key, it in value.items()}
    if isinstance(value, list):
        return [all_resolved(it, region) for it in value]
    return resolved(value, region) if isinstance(value, str) else value

def secret(service, it):
    told = it.get("GenerateSecretString")
    text = it.get("SecretString") or uuid.uuid4().hex * 2
    if told:
        text = text[: told["PasswordLength"]]
    made = service.create_secret(Name=it["Name"], Description=it["Description"], SecretString=text)
    return made["ARN"], {"Id": made["ARN"]}

def distribution(service, it):
    config = it["DistributionConfig"]
    behaviours = [dict(each) for each in [*config["CacheBehaviors"], config["DefaultCacheBehavior"]]]
    for each in behaviours:
        each["AllowedMethods"] = counted(each["AllowedMethods"])
    origins = [dict(each) for each in config["Origins"]]
    for each in origins:
        each["CustomHeaders"] = counted(each.pop("OriginCustomHeaders", []))
        if "CustomOriginConfig" in each:
            own = each["CustomOriginConfig"]
            protocols = counted(own.pop("OriginSSLProtocols"))
            each["CustomOriginConfig"] = {"HTTPPort": 80, "HTTPSPort": 443, **own, "OriginSslProtocols": protocols}
    asked = {
        "CallerReference": uuid.uuid4().hex,
        "Comment": config["Comment"],
        "Enabled": config["Enabled"],
        "Aliases": counted(config.get("Aliases", [])),
        "Origins": counted(origins),
        "CacheBehaviors": counted(behaviours[:-1]),
        "DefaultCacheBehavior": behaviours[-1],
        "ViewerCertificate": {
            key.replace("Acm", "ACM").replace("Ssl", "SSL"): value for key, value in config["ViewerCertificate"].items()
        },
        **only(config, "PriceClass", "HttpVersion"),
        "WebACLId": config.get("WebACLId", ""),
    }
    made = service.create_distribution(DistributionConfig=asked)["Distribution"]
    return made["Id"], {"Id": made["Id"], "DomainName": made["DomainName"]}

def drop_distribution(service, made):
    found = service.get_distribution_config(Id=made.id)
    return service.delete_distribution(Id=made.id, IfMatch=found["ETag"])

def nodes(service, it):
    asked = {key: value for key, value in it.items() if key != "UserGroupIds"}
    made = service.create_replication_group(ReplicationGroupId=f"n{uuid.uuid4().hex[:20]}", **asked)["ReplicationGroup"]
    # moto tells where a group is only of the kind that is none of ours.
    address = f"{made['ReplicationGroupId']}.example.cache.amazonaws.com"
    return made["ReplicationGroupId"], {"PrimaryEndPoint.Address": address, "PrimaryEndPoint.Port": "6379"}

def collection(service, it):
    asked = only(it, "Name", "Type", "Description", "StandbyReplicas")
    made = service.create_collection(**lower(asked))["createCollectionDetail"]
    endpoint = f"https://{made['id']}.{service.meta.region_name}.aoss.amazonaws.com"
    return made["id"], {"Id": made["id"], "Arn": made["arn"], "CollectionEndpoint": endpoint}

def api(service, it):
    made = service.create_api(**it)
    return made["ApiId"], {"ApiId": made["ApiId"]}

def of_api(kind: str, known_by: str):
    def make(service, it):
        made = getattr(service, f"create_{kind}")(**it)
        return made[known_by], {"ApiId": it["ApiId"]}

    return make

def drop_of_api(kind: str, parameter: str):
    return lambda service, made: getattr(service, f"delete_{kind}")(ApiId=made.properties["ApiId"], **{parameter: made.id})

def firewall(service, it):
    made = service.create_web_acl(**it)["Summary"]
    return "|".join([made["Name"], made["Id"], it["Scope"]]), {"Arn": made["ARN"], "Id": made["Id"]}

def drop_firewall(service, made):
    named = {"Name": made.properties["Name"], "Id": made.attributes["Id"], "Scope": made.properties["Scope"]}
    return service.delete_web_acl(**named, LockToken=service.get_web_acl(**named)["LockToken"])

def scaled(service, it):
    service.register_scalable_target(**it)
    return "|".join([it["ResourceId"], it["ScalableDimension"], it["ServiceNamespace"]]), {}

def scaling(service, it):
    resource, dimension, namespace = it["ScalingTargetId"].split("|")
    target = {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    made = service.put_scaling_policy(**only(it, *SCALING), **target)
    return made["PolicyARN"], {"PolicyName": it["PolicyName"]}

SCALING = ["PolicyName", "PolicyType", "TargetTrackingScalingPolicyConfiguration"]

def drop_scaling(service, made):
    resource, dimension, namespace = made.properties["ScalingTargetId"].split("|")
    target = {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return service.delete_scaling_policy(PolicyName=made.properties["PolicyName"], **target)

def drop_scaled(service, made):
    resource, dimension, namespace = made.id.split("|")
    target = {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return service.deregister_scalable_target(**target)

def access(service, it):
    asked = it["OriginAccessControlConfig"]
    made = service.create_origin_access_control(OriginAccessControlConfig=asked)["OriginAccessControl"]
    return made["Id"], {"Id": made["Id"]}

def filtered(service, it):
    changes = [
        {**{key[0].lower() + key[1:]: value for key, value in each.items()}, "metricValue": str(each["MetricValue"])}
        for each in it["MetricTransformations"]
    ]
    service.put_metric_filter(
        logGroupName=it["LogGroupName"],
        filterName=it["Name"],
        filterPattern=it["FilterPattern"],
        metricTransformations=changes,
    )
    return it["Name"], {}

def alarm(service, it):
    service.put_metric_alarm(AlarmName=it["Name"], **{key: value for key, value in it.items() if key != "Name"})
    return it["Name"], {}

def called(method: str, known_by: Callable[[dict], str], **renamed: str):
    """A service's method that takes a type's properties as they are."""

    def make(service, it):
        asked = {renamed.get(key, key): value for key, value in it.items()}
        return known_by({**it, **getattr(service, method)(**asked)}), {}

    return make

def ingress(service, it):
    rule = only(it, "IpProtocol", "FromPort", "ToPort")
    if "SourcePrefixListId" in it:
        rule["PrefixListIds"] = [{"PrefixListId": it["SourcePrefixListId"], "Description": it["Description"]}]
    else:
        rule["UserIdGroupPairs"] = [{"GroupId": it["SourceSecurityGroupId"], "Description": it["Description"]}]
    service.authorize_security_group_ingress(GroupId=it["GroupId"], IpPermissions=[rule])
    return f"{it['GroupId']}-{uuid.uuid4().hex[:8]}", {"rule": rule}


def drop_ingress(service, made):
    service.revoke_security_group_ingress(GroupId=made.properties["GroupId"], IpPermissions=[made.attributes["rule"]])


def policy(service, it):
    service.put_bucket_policy(Bucket=it["Bucket"], Policy=json.dumps(it["PolicyDocument"]))
    return it["Bucket"], {}

def security(service, it):
    service.create_security_policy(**lower(it))
    return it["Name"], {}

def user(service, it):
    asked = {**only(it, "UserId", "UserName", "Engine", "AccessString"), "Passwords": it["AuthenticationMode"]["Passwords"]}
    service.create_user(**asked)
    return it["UserId"], {}

def drop_security(service, made):
    # The service of moto's cannot.
    kept = serverless.opensearchserverless_backends[DEFAULT_ACCOUNT_ID][service.meta.region_name].security_policies
    kept.pop(next(key for key, it in kept.items() if (it.type, it.name) == (made.properties["Type"], made.id)))


def drop_subnets(service, made):
    # Likewise.
    del elasticache_backends[DEFAULT_ACCOUNT_ID][service.meta.region_name].cache_subnet_groups[made.id]

TAUGHT = {
    "AWS::ApiGatewayV2::Api": Taught("apigatewayv2", api, lambda s, m: s.delete_api(ApiId=m.id)),
    "AWS::ApiGatewayV2::Integration": Taught(
        "apigatewayv2", of_api("integration", "IntegrationId"), drop_of_api("integration", "IntegrationId")
    ),
    "AWS::ApiGatewayV2::Route": Taught("apigatewayv2", of_api("route", "RouteId"), drop_of_api("route", "RouteId")),
    "AWS::ApiGatewayV2::Stage": Taught("apigatewayv2", of_api("stage", "StageName"), drop_of_api("stage", "StageName")),
    "AWS::ApplicationAutoScaling::ScalableTarget": Taught("application-autoscaling", scaled, drop_scaled, is_put=True),
    "AWS::ApplicationAutoScaling::ScalingPolicy": Taught("application-autoscaling", scaling, drop_scaling, is_put=True),
    "AWS::CloudFront::Distribution": Taught("cloudfront", distribution, drop_distribution),
    "AWS::CloudFront::OriginAccessControl": Taught(
        "cloudfront", access, lambda s, m: s.delete_origin_access_control(Id=m.id)
    ),
    "AWS::CloudWatch::Alarm": Taught("cloudwatch", alarm, lambda s, m: s.delete_alarms(AlarmNames=[m.id]), is_put=True),
    # moto knows it, without lists of prefixes.
    "AWS::EC2::SecurityGroupIngress": Taught("ec2", ingress, drop_ingress, name="GroupId"),
    "AWS::ElastiCache::ReplicationGroup": Taught(
        "elasticache", nodes, lambda s, m: s.delete_replication_group(ReplicationGroupId=m.id)
    ),
    "AWS::ElastiCache::SubnetGroup": Taught(
        "elasticache",
        lambda s, it: (s.create_cache_subnet_group(
            CacheSubnetGroupName=it["Name"], CacheSubnetGroupDescription=it["Description"], SubnetIds=it["SubnetIds"]
        )["CacheSubnetGroup"]["CacheSubnetGroupName"], {}),
        drop_subnets,
    ),
    "AWS::ElastiCache::User": Taught("elasticache", user, lambda s, m: s.delete_user(UserId=m.id), name="UserId"),
    "AWS::Logs::MetricFilter": Taught(
        "logs",
        filtered,
        lambda s, m: s.delete_metric_filter(logGroupName=m.properties["LogGroupName"], filterName=m.id),
        is_put=True,
    ),
    "AWS::OpenSearchServerless::Collection": Taught(
        "opensearchserverless", collection, lambda s, m: s.delete_collection(id=m.id), name="Name"
    ),
    "AWS::OpenSearchServerless::SecurityPolicy": Taught("opensearchserverless", security, drop_security, name="Name"),
    "AWS::S3::BucketPolicy": Taught("s3", policy, lambda s, m: s.delete_bucket_policy(Bucket=m.id), is_put=True),
    "AWS::SNS::Subscription": Taught(
        "sns",
        called("subscribe", lambda it: it["SubscriptionArn"]),
        lambda s, m: s.unsubscribe(SubscriptionArn=m.id),
    ),
    "AWS::SecretsManager::Secret": Taught(
        "secretsmanager",
        secret,
        lambda s, m: s.delete_secret(SecretId=m.id, ForceDeleteWithoutRecovery=True),
        name="Name",
    ),
    "AWS::WAFv2::WebACL": Taught("wafv2", firewall, drop_firewall, name="Name"),
}

def client(service: str, region: str):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{PORT}",
        aws_access_key_id="mock",
        aws_secret_access_key="mock",
    )

class Made:
    """A resource that moto's CloudFormation did not know."""

    type = ""

    def __init__(self, known_by: str, properties: dict, attributes: dict):
        self.id = self.physical_resource_id = known_by
        self.properties, self.attributes = properties, attributes

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def cloudformation_type(cls):
        return cls.type

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    @classmethod
    def properties_of(cls, resource_name, cloudformation_json, region):
        properties = all_resolved(without_nothing(cloudformation_json["Properties"]), region)
        named = ("AWS::CloudWatch::Alarm", "AWS::ElastiCache::SubnetGroup", "AWS::Logs::MetricFilter")
        return {"Name": resource_name, **properties} if cls.type in named else properties

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        properties = cls.properties_of(resource_name, cloudformation_json, region_name)
        taught = TAUGHT.get(cls.type)
        if not taught:
            return cls(resource_name, properties, {})
        known_by, attributes = taught.make(client(taught.service, region_name), json.loads(json.dumps(properties)))
        return cls(known_by, properties, attributes)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        taught = TAUGHT.get(cls.type)
        properties = cls.properties_of(original_resource.id, cloudformation_json, region_name)
        is_another = taught and taught.name and properties[taught.name] != original_resource.properties[taught.name]
        if is_another:
            original_resource.delete(account_id, region_name)
        if is_another or (taught and taught.is_put):
            return cls.create_from_cloudformation_json(
                original_resource.id, cloudformation_json, account_id, region_name
            )
        original_resource.properties = properties
        return original_resource

    def delete(self, account_id, region_name):
        taught = TAUGHT.get(self.type)
        if taught:
            taught.drop(client(taught.service, region_name), self)

    def get_cfn_attribute(self, attr):
        if attr in self.attributes or self.type in TAUGHT:
            return self.attributes[attr]
        return f"{self.id.lower()}.{attr.lower()}.example" # Nobody knows: but it has one, and always the same.

    def is_created(self):
        return True

def apply(changes):
    """Does what a set of changes says. moto lets errors through, and tells no outputs afterwards."""
    stack = changes.stack
    try:
        stack.resource_map.update(changes.template_dict, changes.parameters)
    except Exception as error:
        logging.exception("%s failed", stack.name)
        stack.status = f"{changes.change_set_type}_FAILED"
        raise ValidationError(message=f"{stack.name}: {error!r}") from error
    stack.template_dict = changes.template_dict
    stack.output_map = stack._create_output_map()
    stack.output_map._resource_map = stack.resource_map


def differences(self, template, parameters=None):
    """What is to be done. moto sees what names a parameter, and not what a condition of one makes or unmakes."""
    found = as_moto_differs(self, template, parameters)
    self.perhaps = [
        name
        for name, it in template["Resources"].items()
        if parameters and name in self._resource_json_map and name not in found["Modify"]
        if "Condition" in it or it["Type"] in TAUGHT
    ]
    return {**found, "Modify": [*found["Modify"], *self.perhaps]}


def updated(name, resource, resources, account_id, region_name):
    """Changes a resource, or makes or unmakes it, as its condition says."""
    there = resources._parsed_resources.get(name)
    is_wanted = resources.lazy_condition_map[resource["Condition"]] if "Condition" in resource else True
    if there is None:
        return parsing.parse_and_create_resource(name, resource, resources, account_id, region_name)
    if not is_wanted:
        resources._delete_resource(there, resource)
        return None
    if name in resources.perhaps and resource["Type"] not in TAUGHT:
        return there
    return as_moto_updates(name, resource, resources, account_id, region_name)


as_moto_differs = parsing.ResourceMap.build_resource_diff
as_moto_updates = parsing.parse_and_update_resource


def policy_read(self, *args, **kwargs):
    """moto takes any policy of a collection for that of its encryption, and wants a key of it."""
    as_moto_reads_policies(self, *args, **kwargs)
    if self.type == "encryption":
        self.policy.setdefault("KmsARN", "auto")
    else:
        self.resources = []


as_moto_reads_policies = serverless.SecurityPolicy.__init__


def has_parameters(self, others):
    """Whether nothing else is told: what is left out stays as it is."""
    text = lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value)
    now = self.resource_map.resolved_parameters
    return all(name in now and text(now[name]) == text(value) for name, value in others.items())


def teach():
    known = {
        name: type(name.replace(":", ""), (Made, CloudFormationModel), {"type": name}) for name in [*TAUGHT, *UNKNOWN]
    }
    known = {**parsing.get_model_map(), **known}

    def strict(resource_type):
        if resource_type not in known:
            raise ValidationError(message=f"{resource_type} is unknown to the mock, and no exception of it")
        return known[resource_type]

    parsing.resource_class_from_type = strict
    as_moto_reads = parsing.clean_json

    def as_it_is_read(value, resources):
        # Of the stack's own region, where moto has those of us-east-1.
        if isinstance(value, dict) and "Fn::GetAZs" in value:
            return [f"{resources['AWS::Region']}{zone}" for zone in "abc"]
        if isinstance(value, dict) and "Fn::GetAtt" in value:
            resource, *parts = value["Fn::GetAtt"]
            if parts[0].endswith("FullName"):
                # As metrics name a load balancer and its targets: a part of the ARN.
                return resources[resource].physical_resource_id.split(":", 5)[5].removeprefix("loadbalancer/")
            value = {"Fn::GetAtt": [resource, ".".join(parts)]} # A name may have parts.
        return as_moto_reads(value, resources)

    parsing.clean_json = as_it_is_read
    models.ChangeSet.apply = apply
    models.Stack.has_parameters = has_parameters
    parsing.ResourceMap.build_resource_diff = differences
    parsing.parse_and_update_resource = updated
    serverless.SecurityPolicy.__init__ = policy_read
    # A set of changes without any is made, and found to have none, as CloudFormation does.
    responses.CloudFormationResponse._validate_different_update = lambda *_: None

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    teach()
    main(["--host", "127.0.0.1", "--port", PORT])

"""How the types are made by their services that moto's CloudFormation does not know, or knows in part only."""

import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.elasticache.models import elasticache_backends
from moto.opensearchserverless import models as serverless

PORT = sys.argv[1] if len(sys.argv) > 1 else "5000"


@dataclass
class Taught:
    """How a type is made by its service."""

    service: str
    # Makes it, or puts it anew; returns what it is known by, and its attributes.
    make: Callable[[Any, dict], tuple[str, dict]]
    # Takes it away.
    drop: Callable[[Any, Any], Any]
    # The property by which another one is meant.
    name: str = ""
    # Whether making it again changes it; else what changes is passed over.
    is_put: bool = False
    # Changes it in its place, where that is neither.
    change: Callable[[Any, Any, dict], Any] | None = None


def only(properties: dict, *names: str) -> dict:
    return {name: properties[name] for name in names if name in properties}


def lower(value: Any) -> Any:
    """Names as services spell them that begin small."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: lower(it) for key, it in value.items()}
    return [lower(it) for it in value] if isinstance(value, list) else value


def counted(items: list) -> dict:
    return {"Quantity": len(items), "Items": items}


def secret(service, it):
    told = it.get("GenerateSecretString")
    text = it.get("SecretString") or uuid.uuid4().hex * 2
    if told:
        text = text[: told["PasswordLength"]]
    made = service.create_secret(Name=it["Name"], Description=it["Description"], SecretString=text)
    return made["ARN"], {"Id": made["ARN"]}


def secret_anew(service, made, it):
    if "SecretString" in it and it["SecretString"] != made.properties["SecretString"]:
        service.put_secret_value(SecretId=made.id, SecretString=it["SecretString"])


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
        "CustomErrorResponses": counted(config["CustomErrorResponses"]),
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
    return lambda service, made: getattr(service, f"delete_{kind}")(
        ApiId=made.properties["ApiId"], **{parameter: made.id}
    )


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
    # moto weighs no conditions: what forbids only that which comes without TLS would forbid everything.
    statements = [each for each in it["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    service.put_bucket_policy(
        Bucket=it["Bucket"], Policy=json.dumps({**it["PolicyDocument"], "Statement": statements})
    )
    return it["Bucket"], {}


def security(service, it):
    service.create_security_policy(**lower(it))
    return it["Name"], {}


def user(service, it):
    asked = {
        **only(it, "UserId", "UserName", "Engine", "AccessString"),
        "Passwords": it["AuthenticationMode"]["Passwords"],
    }
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
        "elasticache",
        nodes,
        lambda s, m: (s.delete_replication_group(ReplicationGroupId=m.id), s.describe_replication_groups()),
    ),
    "AWS::ElastiCache::SubnetGroup": Taught(
        "elasticache",
        lambda s, it: (
            s.create_cache_subnet_group(
                CacheSubnetGroupName=it["Name"],
                CacheSubnetGroupDescription=it["Description"],
                SubnetIds=it["SubnetIds"],
            )["CacheSubnetGroup"]["CacheSubnetGroupName"],
            {},
        ),
        drop_subnets,
    ),
    # One that is deleted goes when somebody looks.
    "AWS::ElastiCache::User": Taught(
        "elasticache",
        user,
        lambda s, m: (s.delete_user(UserId=m.id), s.describe_users(UserId=m.id)),
        name="UserId",
    ),
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
        change=secret_anew,
    ),
    "AWS::WAFv2::WebACL": Taught("wafv2", firewall, drop_firewall, name="Name"),
}


def drop_route_table(ec2, known_by):
    table = ec2.describe_route_tables(RouteTableIds=[known_by])["RouteTables"][0]
    for association in table["Associations"]:
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=known_by)


def drop_gateway(ec2, known_by):
    for attachment in ec2.describe_internet_gateways(InternetGatewayIds=[known_by])["InternetGateways"][0][
        "Attachments"
    ]:
        ec2.detach_internet_gateway(InternetGatewayId=known_by, VpcId=attachment["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=known_by)


def drop_service(ecs, known_by):
    ecs.delete_service(cluster=known_by.split("/")[1], service=known_by.split("/")[-1], force=True)


def drop_repository(ecr, known_by):
    # All of ours have EmptyOnDelete.
    ecr.delete_repository(repositoryName=known_by, force=True)


# Types that moto makes and then forgets to take away, or not with all that is in them: which service does it, and how.
FORGOTTEN = {
    "AWS::ECR::Repository": ("ecr", drop_repository),
    "AWS::EC2::InternetGateway": ("ec2", drop_gateway),
    "AWS::EC2::NatGateway": ("ec2", lambda ec2, known_by: ec2.delete_nat_gateway(NatGatewayId=known_by)),
    "AWS::EC2::RouteTable": ("ec2", drop_route_table),
    "AWS::EC2::VPCEndpoint": ("ec2", lambda ec2, known_by: ec2.delete_vpc_endpoints(VpcEndpointIds=[known_by])),
    "AWS::ECS::Cluster": ("ecs", lambda ecs, known_by: ecs.delete_cluster(cluster=known_by)),
    "AWS::ECS::Service": ("ecs", drop_service),
}


def client(service: str, region: str):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{PORT}",
        aws_access_key_id="mock",
        aws_secret_access_key="mock",
    )

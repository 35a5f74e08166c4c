"""A mock account: moto's server, whose CloudFormation is taught the types for which moto has a service.

Left alone it passes over what it does not know with a line in its log. Here the types of TAUGHT are made by the service
itself, with its checks; those of ../unknown-to-mock.txt are taken as they are; any other type fails its stack.

    python deploy/mock/account.py PORT
"""

import json
import logging
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from moto import server
from moto.awslambda.models import LambdaBackend
from moto.cloudformation import models, parsing, responses
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.opensearchserverless import models as serverless
from moto.route53 import models as names
from taught import FORGOTTEN, PORT, TAUGHT, client

LOG = logging.getLogger("mock")

UNKNOWN = [
    line.split()[0]
    for line in (Path(__file__).parent.parent / "unknown-to-mock.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def without_nothing(value: Any) -> Any:
    """What moto has for AWS::NoValue is no value of a service."""
    if isinstance(value, dict):
        return {key: without_nothing(it) for key, it in value.items() if it is not None}
    if isinstance(value, list):
        return [without_nothing(it) for it in value if it is not None]
    return value


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
        properties = without_nothing(cloudformation_json["Properties"])
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
            REPLACED.append((original_resource, account_id, region_name))
        elif taught and taught.change:
            taught.change(client(taught.service, region_name), original_resource, properties)
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
        if attr.endswith("Port"):
            return "6379"
        return f"{self.id.lower()}.{attr.lower()}.example"  # Nobody knows: but it has one, and always the same.

    def is_created(self):
        return True


class TAKEN_UP:
    """Whether tables are taken up as they are, where they would be made else."""

    active = False


# What has another in its place, and goes after all of its stack is as it should be.
REPLACED = []


def table(cls, resource_name, cloudformation_json, account_id, region_name, **others):
    if TAKEN_UP.active:
        return dynamodb_backends[account_id][region_name].get_table(resource_name)
    return as_moto_makes_tables(cls, resource_name, cloudformation_json, account_id, region_name, **others)


as_moto_makes_tables = Table.create_from_cloudformation_json.__func__


class Gate:
    """Lets nobody in whose credentials have expired."""

    def __init__(self, inner):
        self.inner = inner

    def __call__(self, environ, start_response):
        if "Credential=EXPIRED/" not in environ.get("HTTP_AUTHORIZATION", ""):
            return self.inner(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/xml")])
        return [
            b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included "
            b"in the request is expired</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        ]


def executed(self, change_set_name, stack_name=None):
    """Does what a set of changes says. What fails is told by the stack, which is then as it was before, or empty."""
    changes = self.describe_change_set(change_set_name)
    stack, kind = self.stacks[changes.stack_id], changes.change_set_type
    resources = stack.resource_map
    before = (resources._template, resources._resource_json_map, resources.input_parameters)
    told = dict(told_to(resources))
    REPLACED.clear()
    stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
    TAKEN_UP.active = kind == "IMPORT"
    try:
        if kind == "IMPORT" and changes.tags:
            raise ValueError("As part of the import operation, you cannot modify or add [Tags]")
        resources.update(changes.template_dict, changes.parameters)
        for made, account_id, region in REPLACED:
            made.delete(account_id, region)
        stack.template_dict, stack.template = changes.template_dict, changes.template
        stack.status = f"{kind}_COMPLETE"
    except Exception as error:
        LOG.exception("%s failed", stack.name)
        stack._add_stack_event(f"{kind}_FAILED", resource_status_reason=str(error))
        if kind == "CREATE":
            resources.delete()
            stack.template = changes.template
        resources._template, resources._resource_json_map, resources.input_parameters = before
        resources.told = told
        stack.status = "ROLLBACK_COMPLETE" if kind == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
    finally:
        TAKEN_UP.active = False
    stack._add_stack_event(stack.status)
    stack.output_map = stack._create_output_map() if resources._template else stack.output_map
    stack.output_map._resource_map = resources
    changes.execution_status = "EXECUTE_COMPLETE"


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


def told_to(resources):
    """What each resource of a stack was told, with references to secrets as they are."""
    return vars(resources).setdefault("told", {})


def properties_of(resource, resources):
    return without_nothing(parsing.clean_json(resource.get("Properties", {}), resources))


def read(resource, resources):
    """A resource as it is to be, with what is in the secrets that it refers to."""
    kind, told, name = as_moto_reads_resources(resource, resources)
    return kind, all_resolved(told, resources["AWS::Region"]), name


def created(name, resource, resources, account_id, region_name):
    made = as_moto_creates(name, resource, resources, account_id, region_name)
    if made is not None:
        told_to(resources)[name] = properties_of(resource, resources)
    return made


def updated(name, resource, resources, account_id, region_name):
    """Changes a resource, and keeps what it was told. CloudFormation reads the secrets of before, too."""
    told, is_wanted = told_to(resources), is_to_be(resource, resources)
    now = properties_of(resource, resources) if is_wanted else None
    if told.get(name) != now:
        all_resolved(told.get(name), region_name)
    made = as_it_is_now(name, resource, resources, account_id, region_name)
    told[name] = now
    return made


def is_to_be(resource, resources):
    return resources.lazy_condition_map[resource["Condition"]] if "Condition" in resource else True


def as_it_is_now(name, resource, resources, account_id, region_name):
    """Changes a resource, or makes or unmakes it, as its condition says."""
    there = resources._parsed_resources.get(name)
    if there is None:
        return parsing.parse_and_create_resource(name, resource, resources, account_id, region_name)
    if not is_to_be(resource, resources):
        unmake(resources, there, resource)
        return None
    if name in resources.perhaps and resource["Type"] not in TAUGHT:
        return there
    # What moto cannot change stays as it is.
    return as_moto_updates(name, resource, resources, account_id, region_name) or there


def named_in(value):
    """The resources that something is made from."""
    if isinstance(value, dict):
        for key, it in value.items():
            if key in ("Ref", "DependsOn"):
                yield from (it if isinstance(it, list) else [it])
            elif key == "Fn::GetAtt":
                yield it[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", it if isinstance(it, str) else it[0])
            yield from named_in(it)
    elif isinstance(value, list):
        for it in value:
            yield from named_in(it)


def unmake(resources, made, resource):
    if resource["Type"] in FORGOTTEN:
        service, drop = FORGOTTEN[resource["Type"]]
        drop(client(service, resources["AWS::Region"]), made.physical_resource_id)
    else:
        resources._delete_resource(made, resource)


def deleted(self):
    """Takes resources away, those first from which none is made."""
    resources = self._resource_json_map
    made_from = {name: set(named_in(it)) & set(resources) for name, it in resources.items()}
    order = TopologicalSorter(made_from).static_order()
    for name in reversed(list(order)):
        made = self._parsed_resources.get(name)
        if made is not None and resources[name].get("DeletionPolicy") != "Retain":
            unmake(self, made, resources[name])
            del self._parsed_resources[name]


as_moto_differs = parsing.ResourceMap.build_resource_diff
as_moto_updates = parsing.parse_and_update_resource
as_moto_creates = parsing.parse_and_create_resource
as_moto_reads_resources = parsing.parse_resource


def policy_read(self, *args, **kwargs):
    """moto takes any policy of a collection for that of its encryption, and wants a key of it."""
    as_moto_reads_policies(self, *args, **kwargs)
    if self.type == "encryption":
        self.policy.setdefault("KmsARN", "auto")
    else:
        self.resources = []


as_moto_names_zones = names.create_route53_zone_id
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
            value = {"Fn::GetAtt": [resource, ".".join(parts)]}  # A name may have parts.
        return as_moto_reads(value, resources)

    parsing.clean_json = as_it_is_read
    models.CloudFormationBackend.execute_change_set = executed
    parsing.ResourceMap.delete = deleted
    models.Stack.has_parameters = has_parameters
    Table.create_from_cloudformation_json = classmethod(table)
    LambdaBackend.send_dynamodb_items = lambda self, *told: 200  # Nothing runs in it, and no function misses that.
    parsing.ResourceMap.build_resource_diff = differences
    parsing.parse_and_update_resource = updated
    parsing.parse_and_create_resource = created
    parsing.parse_resource = read
    serverless.SecurityPolicy.__init__ = policy_read
    # Route 53's own begin so, and the templates want it.
    names.create_route53_zone_id = lambda *told, **others: f"Z{as_moto_names_zones(*told, **others)[1:]}"
    # A set of changes without any is made, and found to have none; but none is made for a stack that never came to be.
    responses.CloudFormationResponse._validate_different_update = lambda self, told, body, stack: self._validate_status(
        stack
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    teach()
    serve = server.run_simple
    server.run_simple = lambda host, port, app, **others: serve(host, port, Gate(app), **others)
    server.main(["--host", "127.0.0.1", "--port", PORT])

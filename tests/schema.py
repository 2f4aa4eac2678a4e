"""JSON Schema, as far as docs/policy.schema.json uses it: what an editor would say of a value."""

import re

WORDS = {"type", "required", "properties", "patternProperties", "additionalProperties", "propertyNames", "items", "minItems", "maxItems",
         "uniqueItems", "minProperties", "maxProperties", "pattern", "minLength", "maxLength", "enum", "const", "minimum", "maximum", "multipleOf",
         "not", "oneOf", "allOf", "$ref", "$defs", "$schema", "title", "description", "default"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def accepts(schema, value, root=None):
    root = root or schema
    if not set(schema) <= WORDS:
        raise ValueError(f"the schema uses {set(schema) - WORDS}")
    if "$ref" in schema and not accepts(resolve(root, schema["$ref"]), value, root):
        return False
    return (has_type(schema.get("type"), value) and is_plain(schema, value) and is_object(schema, value, root) and
            is_array(schema, value, root) and not ("not" in schema and accepts(schema["not"], value, root)) and
            all(accepts(one, value, root) for one in schema.get("allOf", ())) and
            ("oneOf" not in schema or sum(accepts(one, value, root) for one in schema["oneOf"]) == 1))


def resolve(root, reference):
    for word in reference.removeprefix("#/").split("/"):
        root = root[word]
    return root


def has_type(name, value):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return name is None or isinstance(value, TYPES[name])


def is_plain(schema, value):
    if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
        return False
    if isinstance(value, str):
        return (re.search(schema.get("pattern", ""), value) is not None and
                schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)))
    if isinstance(value, int):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value) and value % schema.get("multipleOf", 1) == 0
    return True


def is_object(schema, value, root):
    if not isinstance(value, dict):
        return True
    if not set(schema.get("required", ())) <= set(value):
        return False
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        return False
    return all(is_member(schema, name, member, root) for name, member in value.items())


def is_member(schema, name, member, root):
    if "propertyNames" in schema and not accepts(schema["propertyNames"], name, root):
        return False
    about = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    about += [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
    rest = schema.get("additionalProperties", {})
    if not about and rest is False:
        return False
    return all(accepts(one, member, root) for one in about or [rest])


def is_array(schema, value, root):
    if not isinstance(value, list):
        return True
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return False
    if schema.get("uniqueItems") and any(value[i] in value[:i] for i in range(len(value))):
        return False
    return all(accepts(schema.get("items", {}), item, root) for item in value)

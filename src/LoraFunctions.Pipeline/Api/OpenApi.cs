using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace LoraFunctions.Pipeline.Api;

/// <summary>The OpenAPI 3.1 document of the table of endpoints; schemas are those of the records that are read and written.</summary>
internal static class OpenApi
{
    private static readonly JsonSchemaExporterOptions s_schemas = new() { TreatNullObliviousAsNonNullable = true };

    public static JsonObject Document(IEnumerable<ApiEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (var route in endpoints.GroupBy(e => e.Route))
        {
            var operations = new JsonObject();
            foreach (var endpoint in route)
            {
                operations[endpoint.Method.ToLowerInvariant()] = Operation(endpoint);
            }

            paths[$"/{LoraApi.Prefix}/{route.Key}"] = operations;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "LoraFunctions", ["version"] = "1", ["description"] = "Nights, trainings on demand, comparisons and the asset library." },
            ["security"] = new JsonArray(new JsonObject { ["functionKey"] = new JsonArray() }, new JsonObject { ["token"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject { ["Problem"] = Schema(typeof(ApiProblem)) },
                ["securitySchemes"] = new JsonObject
                {
                    ["functionKey"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "x-functions-key", ["description"] = "Of the Functions app." },
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "Of 'lora serve'." },
                },
            },
        };
    }

    private static JsonObject Operation(ApiEndpoint endpoint)
    {
        var operation = new JsonObject { ["operationId"] = endpoint.Name, ["summary"] = endpoint.Summary };
        var parameters = new JsonArray(
        [
            .. endpoint.Segments.Where(s => s.StartsWith('{')).Select(s => Parameter(s[1..^1], "path", required: true, description: null)),
            .. (endpoint.Query ?? new Dictionary<string, string>()).Select(q => Parameter(q.Key, "query", required: false, q.Value)),
        ]);
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        if (endpoint.Body is { } body)
        {
            var content = new JsonObject { ["schema"] = Schema(body) };
            if (endpoint.Example is { } example)
            {
                content["example"] = JsonNode.Parse(example);
            }

            operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["application/json"] = content } };
        }

        var answer = new JsonObject { ["description"] = endpoint.Success == 302 ? "The address is in Location." : "It went well." };
        if (endpoint.Answers is { } answers)
        {
            answer["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Schema(answers) } };
        }

        operation["responses"] = new JsonObject
        {
            [$"{endpoint.Success}"] = answer,
            ["4XX"] = new JsonObject
            {
                ["description"] = "What is wrong with the request; nothing was written.",
                ["content"] = new JsonObject
                {
                    ["application/problem+json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Problem" } },
                },
            },
        };
        return operation;
    }

    private static JsonNode Parameter(string name, string place, bool required, string? description)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["required"] = required, ["schema"] = new JsonObject { ["type"] = "string" } };
        if (description is not null)
        {
            parameter["description"] = description;
        }

        return parameter;
    }

    /// <summary>Without references into itself: a schema stands where it is used, and a pointer would be one of another document.</summary>
    private static JsonNode Schema(Type type)
    {
        var schema = ContractJson.Options.GetJsonSchemaAsNode(type, s_schemas);
        Inline(schema, schema);
        return schema;
    }

    private static void Inline(JsonNode? node, JsonNode root)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map.ToList())
                {
                    if (value is JsonObject child && child["$ref"] is JsonValue reference)
                    {
                        var target = Follow(root, reference.GetValue<string>()).DeepClone();
                        Inline(target, root);
                        map[name] = target;
                    }
                    else
                    {
                        Inline(value, root);
                    }
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Inline(item, root);
                }

                break;
        }
    }

    private static JsonNode Follow(JsonNode root, string pointer) =>
        pointer.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(root, (node, part) => node is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!);
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LoraFunctions.Architecture.Infra;

/// <summary>Reads a compiled template: modules are templates within it, and values stand where expressions of its own variables name them.</summary>
internal sealed partial class Arm(JsonNode main)
{
    public JsonObject Variables => main["variables"]!.AsObject();

    public JsonObject Outputs => main["outputs"]!.AsObject();

    public JsonObject Parameters => main["parameters"]!.AsObject();

    /// <summary>Modules by their symbolic names.</summary>
    public IEnumerable<KeyValuePair<string, JsonNode>> Modules =>
        main["resources"]!.AsObject().Where(resource => (string?)resource.Value!["type"] == "Microsoft.Resources/deployments")
            .Select(resource => KeyValuePair.Create(resource.Key, resource.Value!));

    public JsonNode Module(string name) => Modules.Single(module => module.Key == name).Value;

    /// <summary>Every template: the main one and those of its modules.</summary>
    public IEnumerable<JsonNode> Templates => Modules.Select(module => Inner(module.Value)).Prepend(main);

    /// <summary>Every resource of a type that is made, in whatever module.</summary>
    public IEnumerable<JsonNode> Resources(string type) =>
        Templates.SelectMany(template => template["resources"] switch
            {
                JsonArray list => list.Select(resource => resource!),
                JsonObject byName => byName.Select(resource => resource.Value!),
                _ => [],
            })
            .Where(resource => (string?)resource["type"] == type && (bool?)resource["existing"] != true);

    /// <summary>A module's parameter as it stands, e.g. <c>[reference('storage').outputs.name.value]</c>; null where it has none of that name.</summary>
    public static JsonNode? Given(JsonNode module, string parameter) => module["properties"]!["parameters"]?[parameter]?["value"];

    public static JsonNode Inner(JsonNode module) => module["properties"]!["template"]!;

    /// <summary>Follows variables; what is computed from anything else stays an expression.</summary>
    public JsonNode? Resolve(JsonNode? value)
    {
        if (value is not JsonValue text || !text.TryGetValue<string>(out var expression) || Variable().Match(expression) is not { Success: true } match)
        {
            return value;
        }

        var named = Variables[match.Groups["name"].Value];
        return Resolve(match.Groups["member"].Success ? named![match.Groups["member"].Value] : named);
    }

    /// <summary>The texts of a list, or of the one text that it is.</summary>
    public IReadOnlyList<string> Texts(JsonNode? value) => Resolve(value) switch
    {
        JsonArray list => [.. list.SelectMany(each => Texts(each))],
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    [GeneratedRegex(@"^\[variables\('(?<name>\w+)'\)(\.(?<member>\w+))?\]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}

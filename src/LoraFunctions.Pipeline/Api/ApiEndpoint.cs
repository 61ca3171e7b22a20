using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>One call of the interface: what answers it, and what the OpenAPI document says of it.</summary>
/// <param name="Route">Below <see cref="LoraApi.Prefix"/>, with <c>{names}</c> in braces.</param>
/// <param name="Name">Of the operation.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Success">Status of the usual answer.</param>
/// <param name="Answers">Type of its body; null: none.</param>
/// <param name="Body">Type of the request's body; null: none.</param>
/// <param name="Example">A body, as JSON.</param>
/// <param name="Query">Names of what may stand in the query, with their meaning.</param>
internal sealed record ApiEndpoint(
    string Method,
    string Route,
    string Name,
    string Summary,
    int Success,
    Type? Answers,
    Func<ApiCall, Task<ApiResult>> HandleAsync,
    Type? Body = null,
    string? Example = null,
    IReadOnlyDictionary<string, string>? Query = null)
{
    public string[] Segments { get; } = Route.Split('/');

    /// <summary>Values of the route's names; null where the path is another's. Literal segments go first: see <see cref="Literals"/>.</summary>
    public Dictionary<string, string>? Match(string[] path)
    {
        if (path.Length != Segments.Length)
        {
            return null;
        }

        var values = new Dictionary<string, string>();
        foreach (var (pattern, given) in Segments.Zip(path))
        {
            if (pattern.StartsWith('{'))
            {
                values[pattern[1..^1]] = given;
            }
            else if (pattern != given)
            {
                return null;
            }
        }

        return values;
    }

    public int Literals => Segments.Count(s => !s.StartsWith('{'));
}

/// <summary>A request that came to an endpoint. The engine's client is the host's, which some hosts have for the length of a call only.</summary>
internal sealed record ApiCall(
    DurableTaskClient Engine,
    IReadOnlyDictionary<string, string> Route,
    IReadOnlyDictionary<string, string> Query,
    Func<string, string?> Header,
    ApiBody Body,
    CancellationToken Cancelled);

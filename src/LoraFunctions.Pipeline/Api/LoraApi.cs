using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Pipeline.Api;

/// <summary>
/// The HTTP interface, the same under every host: routes, bodies, errors and documentation come from one table. Who may call is the host's to
/// say; what is asked is looked at here, and nothing is written before all of it is right.
/// </summary>
public sealed class LoraApi
{
    /// <summary>Of every path: what the Functions host has by default.</summary>
    public const string Prefix = "api";

    /// <summary>Longer than any id of ours.</summary>
    private const int MaxPathLength = 400;

    private readonly IReadOnlyList<ApiEndpoint> _endpoints;

    public LoraApi(TrainingApi trainings, ComparisonApi comparisons, NightApi nights, LibraryApi library, UploadApi uploads, HealthApi health)
    {
        _endpoints =
        [
            .. trainings.Endpoints, .. comparisons.Endpoints, .. nights.Endpoints, .. library.Endpoints, .. uploads.Endpoints, .. health.Endpoints,
            new ApiEndpoint("GET", "openapi.json", "getOpenApi", "This document.", 200, null, _ => Task.FromResult(ApiResult.Ok(Document!))),
        ];
        Document = OpenApi.Document(_endpoints);
    }

    /// <summary>The OpenAPI document, made from the table that answers.</summary>
    public System.Text.Json.Nodes.JsonObject Document { get; }

    /// <summary>Answers a request, wrong ones too.</summary>
    /// <exception cref="StorageUnreachableException">The storage is gone; and other faults of it.</exception>
    public async Task<ApiResult> AnswerAsync(ApiRequest request, DurableTaskClient engine, CancellationToken cancellationToken)
    {
        if (PathOf(request.Url) is not { } path)
        {
            return ApiResult.NotFound($"Paths begin with /{Prefix}/; GET /{Prefix}/openapi.json lists them.");
        }

        var found = _endpoints.Select(e => (Endpoint: e, Route: e.Match(path))).Where(e => e.Route is not null).OrderByDescending(e => e.Endpoint.Literals).ToList();
        if (found.Count == 0)
        {
            return ApiResult.NotFound($"GET /{Prefix}/openapi.json lists what there is.");
        }

        var (endpoint, route) = found.FirstOrDefault(e => e.Endpoint.Method == request.Method);
        if (endpoint is null)
        {
            return ApiResult.Problem(405, "That method is not known here.", $"Here are: {string.Join(", ", found.Select(e => e.Endpoint.Method).Distinct())}.");
        }

        if (endpoint.Body is not null && request.Header("Content-Type") is { Length: > 0 } type && !IsJson(type))
        {
            return ApiResult.Problem(415, "Bodies are JSON.", $"Content-Type is '{Secrets.Redact(type)}'; send application/json.");
        }

        var (body, tooLarge) = endpoint.Body is null ? (null, null) : await ApiBody.ReadAsync(request.Body, cancellationToken);
        var query = QueryOf(request.Url);
        if (tooLarge is not null)
        {
            return tooLarge;
        }

        if (query.Keys.Except(endpoint.Query?.Keys ?? []).FirstOrDefault(name => name != "code") is { } unknown)
        {
            // The Functions host takes its key as ?code=.
            return ApiResult.Invalid(unknown, $"there is no such name in the query here. Known are: {string.Join(", ", endpoint.Query?.Keys ?? ["none"])}.");
        }

        var none = body ?? (await ApiBody.ReadAsync(Stream.Null, cancellationToken)).Body;
        return await endpoint.HandleAsync(new ApiCall(engine, route!, query, request.Header, none, cancellationToken));
    }

    private static bool IsJson(string contentType) => contentType.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The parts behind the prefix, unescaped; null where it is no path of ours.</summary>
    private static string[]? PathOf(Uri url)
    {
        var path = url.AbsolutePath;
        if (path.Length > MaxPathLength || !path.StartsWith($"/{Prefix}/", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = [.. path[(Prefix.Length + 2)..].Split('/').Select(Uri.UnescapeDataString)];
        return parts.Any(p => p.Length == 0 || p is "." or ".." || p.Contains('/') || p.Any(char.IsControl)) ? null : parts;
    }

    private static Dictionary<string, string> QueryOf(Uri url)
    {
        var query = new Dictionary<string, string>();
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=');
            var (name, value) = at < 0 ? (pair, "") : (pair[..at], pair[(at + 1)..]);
            query[Uri.UnescapeDataString(name)] = Uri.UnescapeDataString(value.Replace('+', ' '));
        }

        return query;
    }
}

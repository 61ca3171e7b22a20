namespace LoraFunctions.Pipeline.Api;

/// <summary>What a handler answers; hosts turn it into HTTP.</summary>
/// <param name="Body">Written by <see cref="ContractJson.Options"/>; null: none.</param>
/// <param name="Location">A path of this interface, or an address elsewhere; null when there is none.</param>
/// <param name="ETag">Of what the body shows; null when it has none.</param>
public sealed record ApiResult(int StatusCode, object? Body, string? Location = null, string? ETag = null)
{
    public string ContentType => Body is ApiProblem ? "application/problem+json" : "application/json; charset=utf-8";

    internal static ApiResult Ok(object body, string? etag = null) => new(200, body, ETag: etag);

    internal static ApiResult Accepted(object body, string location) => new(202, body, location);

    /// <summary>Every field that is wrong, at once.</summary>
    internal static ApiResult Invalid(IReadOnlyDictionary<string, IReadOnlyList<string>> errors) =>
        new(400, new ApiProblem("Some fields are wrong.", 400, null, errors));

    internal static ApiResult Invalid(string field, string problem) =>
        Invalid(new Dictionary<string, IReadOnlyList<string>> { [field] = [problem] });

    internal static ApiResult Problem(int status, string title, string detail) => new(status, new ApiProblem(title, status, detail, null));

    internal static ApiResult NotFound(string detail) => Problem(404, "There is no such thing.", detail);

    internal static ApiResult Conflict(string detail) => Problem(409, "That does not go now.", detail);
}

/// <summary>What went wrong, as RFC 9457 has it.</summary>
/// <param name="Detail">What, which value, what to do.</param>
/// <param name="Errors">Where fields are wrong: by their names, <c>body</c> for the whole.</param>
public sealed record ApiProblem(string Title, int Status, string? Detail, IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors);

namespace LoraFunctions.Pipeline.Api;

/// <summary>What a handler answers; hosts turn it into HTTP.</summary>
/// <param name="StatusCode">200, 202, 400 or 404.</param>
/// <param name="Body">Written by <see cref="ContractJson.Options"/>: the value, or an <see cref="ApiProblem"/>.</param>
/// <param name="Location">Relative to the host's prefix; null when there is none.</param>
public sealed record ApiResult(int StatusCode, object Body, string? Location = null)
{
    public static ApiResult Ok(object body) => new(200, body);

    public static ApiResult Accepted(object body, string location) => new(202, body, location);

    public static ApiResult Invalid(IReadOnlyList<string> problems) => new(400, new ApiProblem(problems));

    public static ApiResult NotFound(string problem) => new(404, new ApiProblem([problem]));
}

namespace LoraFunctions.Pipeline.Tests.Workflows.Replaying;

/// <summary>What comes of a call: a result as JSON, a failure, or nothing ever.</summary>
internal sealed record Answer(string? Json, string? Failure)
{
    public static Answer Never { get; } = new(null, null);

    public bool Comes => Json is not null || Failure is not null;

    public static Answer Of<T>(T result) => new(ContractJson.Serialize(result), null);

    public static Answer Fails(string reason) => new(null, reason);
}

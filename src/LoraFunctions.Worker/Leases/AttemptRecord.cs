namespace LoraFunctions.Worker.Leases;

/// <summary><c>jobs/{jobId}/attempts.json</c>, the blob whose lease says who works on the job.</summary>
/// <param name="Attempts">Attempts begun so far; artefacts lie below <c>jobs/{jobId}/{attempt}/</c>, so a number is used once.</param>
/// <param name="Stopped">Attempts that ended because the worker was told to stop: these are no failures.</param>
/// <param name="LastError">Of the last attempt that failed; null when none did, or its worker died without a word.</param>
internal sealed record AttemptRecord(int SchemaVersion, int Attempts, int Stopped, string? LastError)
{
    public const int CurrentSchemaVersion = 1;

    public static AttemptRecord None { get; } = new(CurrentSchemaVersion, 0, 0, null);
}

namespace LoraFunctions.Pipeline.Storage;

/// <summary>The queues. Messages are raw JSON text on both (host.json: <c>messageEncoding: none</c>).</summary>
public static class QueueNames
{
    public const string GpuJobs = "gpu-jobs";

    public const string GpuResults = "gpu-results";
}

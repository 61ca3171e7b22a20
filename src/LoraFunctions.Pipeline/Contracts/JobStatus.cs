namespace LoraFunctions.Pipeline.Contracts;

/// <summary>How a job ended; a job without a result has not ended.</summary>
public enum JobStatus
{
    Succeeded,
    Failed,
}

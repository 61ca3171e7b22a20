namespace LoraFunctions.Pipeline.Workflows;

/// <summary>What a <see cref="GpuJobWorkflow"/> does next.</summary>
internal enum GpuJobStep
{
    Submit,
    Wait,
    Succeeded,
    Failed,
    TimedOut,
}

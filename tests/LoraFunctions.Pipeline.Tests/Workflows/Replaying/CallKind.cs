namespace LoraFunctions.Pipeline.Tests.Workflows.Replaying;

internal enum CallKind
{
    Activity,
    Workflow,
    Event,
    Timer,
}

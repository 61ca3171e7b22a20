namespace LoraFunctions.Pipeline.Tests.Workflows.Replaying;

/// <summary>What a workflow asked of its context.</summary>
/// <param name="Input">As JSON; a timer's is the time it fires.</param>
internal sealed record Call(CallKind Kind, string Name, string Input, string InstanceId)
{
    public T Read<T>() => ContractJson.Deserialize<T>(Input);
}


namespace LoraFunctions.Pipeline.Messages;

/// <summary>A job whose spec is stored.</summary>
/// <param name="TimeOut">How long one attempt is waited for, from the options.</param>
/// <param name="MaxAttempts">How often it is put on the queue before it is given up.</param>
public sealed record PreparedJob(string JobId, JobKind Kind, BlobRef Spec, TimeSpan TimeOut, int MaxAttempts);

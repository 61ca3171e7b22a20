
namespace LoraFunctions.Worker.Handlers;

/// <summary>Brings one kind of job from its spec to files: fetch the inputs, let Jobs work, name the artefacts.</summary>
internal interface IJobHandler
{
    JobKind Kind { get; }

    Task<JobOutput> RunAsync(JobDesk desk, ReadOnlyMemory<byte> spec, CancellationToken cancellationToken);
}

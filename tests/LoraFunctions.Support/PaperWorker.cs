using System.Text;
using Azure.Storage.Queues;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Support;

/// <summary>Stands where the GPU worker stands and keeps to its contract, but its captions, LoRAs and pictures are small files made of the job's own words.</summary>
public sealed class PaperWorker(BlobStore blobs, QueueServiceClient queues)
{
    private readonly List<string> _done = [];

    /// <summary>Jobs to report as failed.</summary>
    public Func<JobMessage, bool> Fails { get; set; } = _ => false;

    /// <summary>Photos to leave without a caption.</summary>
    public Func<BlobRef, bool> Overlooks { get; set; } = _ => false;

    /// <summary>Photos that its CLIP rejects.</summary>
    public Func<BlobRef, bool> Rejects { get; set; } = _ => false;

    /// <summary>Jobs to say nothing of, ever.</summary>
    public Func<JobMessage, bool> Loses { get; set; } = _ => false;

    /// <summary>Ids of the jobs that were really done, in their order.</summary>
    public IReadOnlyList<string> Done
    {
        get
        {
            lock (_done)
            {
                return [.. _done];
            }
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!await DoWhatIsThereAsync(stop))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
            }
        }
    }

    /// <summary>Does the jobs that are on the queue now.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> DoWhatIsThereAsync(CancellationToken stop)
    {
        var queue = queues.GetQueueClient(QueueNames.GpuJobs);
        var messages = (await queue.ReceiveMessagesAsync(maxMessages: 16, TimeSpan.FromMinutes(1), stop)).Value;
        foreach (var message in messages)
        {
            if (ContractJson.DeserializeJobMessage(message.MessageText) is var job && !Loses(job))
            {
                await DoAsync(job, stop);
            }

            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, stop);
        }

        return messages.Length > 0;
    }

    private async Task DoAsync(JobMessage message, CancellationToken stop)
    {
        var name = BlobNames.JobResult(message.JobId);
        if (await blobs.StatAsync(ContainerNames.Jobs, name, stop) is null)
        {
            var result = Fails(message)
                ? Result(message, JobStatus.Failed, "the paper worker was told to fail", [])
                : await MakeAsync(message, stop);
            await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, name, result, stop);
            lock (_done)
            {
                _done.Add(message.JobId);
            }
        }

        await new JobQueue(queues).AnswerAsync(message, stop);
    }

    private static JobResult Result(JobMessage message, JobStatus status, string? error, IReadOnlyList<BlobRef> artefacts) =>
        new(1, message.JobId, message.Kind, status, 1, error, artefacts, new Dictionary<string, double>(), new JobTimes(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));

    private async Task<JobResult> MakeAsync(JobMessage message, CancellationToken stop)
    {
        switch (message.Kind)
        {
            case JobKind.Label:
                var label = await blobs.ReadJsonAsync<LabelJobSpec>(message.SpecBlob, stop);
                foreach (var photo in label.Photos)
                {
                    await blobs.ReadAsync(photo, stop);
                }

                var rows = label.Photos.Where(p => !Overlooks(p) && !Rejects(p)).Select(p => $"{File(p)},\"{label.Vehicle.DisplayName}, {string.Join(", ", label.Vehicle.Features)}\"\n");
                var rejected = label.Photos.Where(Rejects).Select(p => new ClipRejection(File(p), GateReason.Occluded, "has a tree before the car")).ToArray();
                return Result(
                    message, JobStatus.Succeeded, null,
                    [
                        await PutAsync(message, ArtefactNames.Labels, ContractJson.Serialize(new ClipVerdicts(rejected)), stop),
                        await PutAsync(message, ArtefactNames.LabelMetadata, string.Concat(rows), stop),
                    ]) with { Metrics = new Dictionary<string, double> { [JobMetrics.Rejected] = rejected.Length } };
            case JobKind.Train:
                var train = await blobs.ReadJsonAsync<TrainJobSpec>(message.SpecBlob, stop);
                foreach (var file in train.Dataset.Select(f => f.Blob))
                {
                    await blobs.ReadAsync(file, stop);
                }

                return Result(message, JobStatus.Succeeded, null, [await PutAsync(message, ArtefactNames.Lora(train.ModelKey), $"LoRA of {train.JobId}", stop)]);
            default:
                var render = await blobs.ReadJsonAsync<RenderJobSpec>(message.SpecBlob, stop);
                await blobs.ReadAsync(render.Left.Lora, stop);
                await blobs.ReadAsync(render.Right.Lora, stop);
                var pictures = new List<BlobRef>();
                foreach (var seed in render.Seeds)
                {
                    pictures.Add(await PutAsync(message, ArtefactNames.Picture(render.Scene, seed, render.Template.Format), Picture($"picture {seed} of {render.JobId}"), stop));
                }

                return Result(message, JobStatus.Succeeded, null, pictures);
        }
    }

    private static string File(BlobRef photo) => photo.Name[(photo.Name.IndexOf('/') + 1)..];

    /// <summary>A picture of one colour that says what it was asked.</summary>
    private static byte[] Picture(string prompt) =>
        PictureFile.Encode(new RgbImage(8, 8), new PictureMetadata($"{prompt}\nNegative prompt: blurry\nSteps: 1", null));

    private Task<BlobRef> PutAsync(JobMessage message, string file, string text, CancellationToken stop) =>
        PutAsync(message, file, Encoding.UTF8.GetBytes(text), stop);

    private async Task<BlobRef> PutAsync(JobMessage message, string file, byte[] content, CancellationToken stop) =>
        (await blobs.PutIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobAttempt(message.JobId, 1) + file, content, null, stop)).Ref;
}

namespace LoraFunctions.Jobs;

/// <summary>
/// Work that takes minutes to hours: folder in, folder out. It knows no queue and no cloud. Runs on the calling thread.
/// Equal inputs give equal files, byte for byte, apart from what is named a time.
/// </summary>
public interface IJob<in TRequest, out TResult>
{
    /// <exception cref="NonRetriableJobException">
    /// Running it again would fail again; see <see cref="InvalidJobInputException"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled: what can be resumed lies in its folder.</exception>
    TResult Run(TRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);
}

namespace LoraFunctions.Contracts;

/// <summary>A lock on this machine that the system drops when its holder dies, however it dies.</summary>
public static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Null when another process holds it.</summary>
    /// <param name="isRemoved">The file goes when the lock is dropped; one that stays is found again by whoever waits for it.</param>
    public static FileStream? TryTake(string path, bool isRemoved = false)
    {
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 1,
                isRemoved ? FileOptions.DeleteOnClose : FileOptions.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    public static async Task<FileStream> WaitAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}

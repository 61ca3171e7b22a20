
namespace LoraFunctions.Jobs.Training;

/// <summary>
/// Keeps a second training out of the folders that one writes to: two would take each other's checkpoints and logs away. The system drops
/// the locks when their holder dies, however it dies.
/// </summary>
internal sealed class TrainingFolders : IDisposable
{
    public const string LockName = "training.lock";

    private readonly List<string> _made = [];
    private readonly List<FileStream> _locks = [];

    private TrainingFolders()
    {
    }

    /// <summary>Makes and locks the folders; <see cref="Dispose"/> frees them and removes those that stayed empty.</summary>
    /// <exception cref="InvalidJobInputException">Another training works in one, or it cannot be written to; all of them.</exception>
    public static TrainingFolders Take(IEnumerable<string> folders)
    {
        var taken = new TrainingFolders();
        var problems = new List<string>();
        foreach (var folder in folders.Distinct(StringComparer.Ordinal))
        {
            try
            {
                if (!taken.TryTake(folder))
                {
                    problems.Add($"{folder}: another training is at work there; wait until it has ended, or give another output_dir.");
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{folder}: cannot be written to ({exception.Message}); give another output_dir, or the right to write there.");
            }
        }

        if (problems.Count == 0)
        {
            return taken;
        }

        taken.Dispose();
        throw new InvalidJobInputException(problems);
    }

    public void Dispose()
    {
        _locks.ForEach(l => l.Dispose());
        foreach (var folder in _made.Where(f => Directory.Exists(f) && !Directory.EnumerateFileSystemEntries(f).Any()))
        {
            Directory.Delete(folder);
        }
    }

    private bool TryTake(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            _made.Add(folder);
        }

        if (FileLock.TryTake(Path.Combine(folder, LockName), isRemoved: true) is not { } taken)
        {
            return false;
        }

        _locks.Add(taken);
        return true;
    }
}

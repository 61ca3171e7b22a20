namespace LoraFunctions.Contracts;

/// <summary>Files that are there whole or not at all.</summary>
public static class WholeFile
{
    /// <summary>Writes under a temporary name and renames; nothing is left behind where the disk is full.</summary>
    public static void Write(string path, byte[] content)
    {
        var temporary = path + ".tmp";
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The same for what is too long to hold in memory.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var temporary = path + ".tmp";
        try
        {
            await using (var file = File.Create(temporary))
            {
                await write(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>For before long work: makes the folder and tries whether a file can be written there.</summary>
    /// <exception cref="InvalidJobInputException">It cannot.</exception>
    public static void ThrowIfUnwritable(string path)
    {
        var problems = new Problems();
        CheckWritable(path, problems);
        problems.ThrowIfAny();
    }

    /// <summary>The same among other problems; what was made for the trial is gone afterwards.</summary>
    public static void CheckWritable(string path, Problems problems)
    {
        var (trial, made) = (path + ".try", new Stack<string>());
        try
        {
            for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            {
                made.Push(folder);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (Directory.Exists(path))
            {
                problems.Add($"{path} cannot be written: it is a folder; name another place.");
                return;
            }

            Write(trial, []);
            File.Delete(trial);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be written ({exception.Message.TrimEnd('.')}); name another place.");
        }
        finally
        {
            foreach (var folder in made.Reverse().Where(f => Directory.Exists(f) && !Directory.EnumerateFileSystemEntries(f).Any()))
            {
                Directory.Delete(folder);
            }
        }
    }

    public static void Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));
}

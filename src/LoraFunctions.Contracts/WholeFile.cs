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
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
            Write(path + ".try", []);
            File.Delete(path + ".try");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidJobInputException($"{path} cannot be written ({exception.Message}); name another place.", exception);
        }
    }

    public static void Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));
}

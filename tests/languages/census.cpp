// The same small census in each language that people write programs in: what its standard library asks of WASI must be there.
// Arguments: where the words are, where the report goes. C++ without exceptions.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

// Debian's C++ library for WASI has no file streams and no <filesystem>: files are C's.
struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
    void operator()(DIR *directory) const { closedir(directory); }
};

static int fail(const char *what)
{
    std::cerr << what << '\n';
    return 1;
}

static std::string folder_of(const std::string &path)
{
    return path.substr(0, path.rfind('/'));
}

static bool read_all(const std::string &path, std::string &text)
{
    std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    char part[4096];

    if (file == nullptr)
        return false;
    while (std::size_t got = std::fread(part, 1, sizeof(part), file.get()))
        text.append(part, got);
    return std::ferror(file.get()) == 0;
}

static bool list(const std::string &folder, std::vector<std::string> &names)
{
    std::unique_ptr<DIR, Close> directory(opendir(folder.c_str()));

    if (directory == nullptr)
        return false;
    while (const dirent *entry = readdir(directory.get())) {
        std::string name = entry->d_name;

        if (name != "." && name != "..")
            names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return true;
}

static bool chance_and_time()
{
    const auto begin = std::chrono::steady_clock::now();
    std::random_device source;
    unsigned seen = 0;

    for (int i = 0; i < 8; i++)
        seen |= source();
    return seen != 0 && std::chrono::steady_clock::now() >= begin &&
           std::chrono::system_clock::now().time_since_epoch().count() > 0;
}

static bool write_all(const std::string &path, const std::string &text)
{
    std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wb"));

    return file != nullptr && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
}

static bool exists(const std::string &path)
{
    struct stat status;

    return stat(path.c_str(), &status) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fail("two arguments wanted");
    const std::string words = argv[1];
    const std::string report = argv[2];
    const char *unit = std::getenv("UNIT");
    std::string text;
    std::vector<std::string> names;

    if (unit == nullptr)
        return fail("no variable UNIT");
    if (!read_all(words, text) || !list(folder_of(words), names))
        return fail("not read");
    if (!chance_and_time())
        return fail("no chance, or no time");

    std::map<std::string, int> counts;
    std::istringstream in(text);
    for (std::string word; in >> word;)
        counts[word]++;
    std::ostringstream out;
    for (const auto &[word, count] : counts)
        out << word << ' ' << count << ' ' << unit << '\n';
    for (const auto &name : names)
        out << "file " << name << '\n';

    const std::string place = folder_of(report);
    if (!write_all(place + "/draft", out.str()) || std::rename((place + "/draft").c_str(), report.c_str()) != 0)
        return fail("not written");
    if (mkdir((place + "/scratch").c_str(), 0777) != 0 || rmdir((place + "/scratch").c_str()) != 0)
        return fail("no directory made and removed");
    if (exists(folder_of(words) + "/../elsewhere"))
        return fail("a way out");
    std::cout << counts.size() << " words, " << out.str().size() << " bytes\n";
    return 3;
}
